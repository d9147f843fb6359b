"""Every table of the house in one import, for migrations and for tests that walk all of them."""

from training_app.accounts.models import (
    Account,
    AccountOrganisation,
    AccountRole,
    KeptForm,
    SignIn,
    SignInCode,
    SignInLink,
)
from training_app.audit.models import AuditDetail, AuditEvent, AuditSeal
from training_app.catalogue.models import (
    Module,
    ModuleFormat,
    ModuleGroup,
    ModulePrerequisite,
    ModulePriority,
    ModuleVersion,
    ModuleVersionSkill,
    Pathway,
    PathwayGroup,
    PathwayStep,
)
from training_app.certificates.models import Certificate, CertificateSilence
from training_app.corrections.models import CorrectionRequest
from training_app.mail.models import MailSwitch, OutboxMessage
from training_app.people.models import (
    Engagement,
    FormerIdentity,
    KeptLeaver,
    Organisation,
    OwnReference,
    Person,
    ProbableDouble,
)
from training_app.records.models import Completion, EvidenceFile, Extension, Reflection
from training_app.skills.models import (
    Exemption,
    Requirement,
    Skill,
    SkillArea,
    SkillLevel,
    SkillPriority,
)
from training_app.stewardship.models import DemonstrationMark, Erasure, SeedRecord
from training_app.strategy.models import Priority, Strategy, Term, WorkforceGroup

__all__ = [
    "Account",
    "AccountOrganisation",
    "AccountRole",
    "AuditDetail",
    "AuditEvent",
    "AuditSeal",
    "Certificate",
    "CertificateSilence",
    "Completion",
    "CorrectionRequest",
    "DemonstrationMark",
    "Engagement",
    "Erasure",
    "EvidenceFile",
    "Exemption",
    "Extension",
    "FormerIdentity",
    "KeptForm",
    "KeptLeaver",
    "MailSwitch",
    "Module",
    "ModuleFormat",
    "ModuleGroup",
    "ModulePrerequisite",
    "ModulePriority",
    "ModuleVersion",
    "ModuleVersionSkill",
    "Organisation",
    "OutboxMessage",
    "OwnReference",
    "Pathway",
    "PathwayGroup",
    "PathwayStep",
    "Person",
    "Priority",
    "ProbableDouble",
    "Reflection",
    "Requirement",
    "SeedRecord",
    "SignIn",
    "SignInCode",
    "SignInLink",
    "Skill",
    "SkillArea",
    "SkillLevel",
    "SkillPriority",
    "Strategy",
    "Term",
    "WorkforceGroup",
]
