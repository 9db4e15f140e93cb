"""The words for agencies and for what people do there."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AgencyKind(models.TextChoices):
    POLICE = "police", _("Police")
    SOCIAL_SERVICES = "social_services", _("Social services")
    THERAPY = "therapy", _("Therapy")
    MEDICAL = "medical", _("Medical")
    PROSECUTION = "prosecution", _("Prosecution")
    COURT = "court", _("Court")
    PROBATION = "probation", _("Probation")
    HOTLINE = "hotline", _("Hotline")
    CHILDRENS_HOUSE = "childrens_house", _("Children's house")


class Role(models.TextChoices):
    SOCIAL_WORKER = "social_worker", _("Social worker")
    INVESTIGATOR = "investigator", _("Investigator")
    INTERVIEWER = "interviewer", _("Interviewer")
    THERAPIST = "therapist", _("Therapist")
    CLINICIAN = "clinician", _("Clinician")
    PROSECUTOR = "prosecutor", _("Prosecutor")
    LEGAL_REPRESENTATIVE = "legal_representative", _("Legal representative")
    PROBATION_OFFICER = "probation_officer", _("Probation officer")
    HOTLINE_ANALYST = "hotline_analyst", _("Hotline analyst")
    VICTIM_ADVOCATE = "victim_advocate", _("Victim advocate")
    SUPERVISOR = "supervisor", _("Supervisor")
    AUDITOR = "auditor", _("Auditor")
    AGENCY_ADMINISTRATOR = "agency_administrator", _("Agency administrator")
    IDENTITY_CUSTODIAN = "identity_custodian", _("Identity custodian")
