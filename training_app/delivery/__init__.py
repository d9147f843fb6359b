"""Training sessions: when and where, who leads them, who is booked, who came, and what that completes."""
