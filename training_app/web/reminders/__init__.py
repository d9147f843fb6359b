"""The pages of reminders: who would be written to, letters for those without an e-mail, and stopping them with one tap."""
