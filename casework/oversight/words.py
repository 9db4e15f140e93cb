"""The words of the record: templates of sentences, and names of what was shown, of pages and of rules.

Every sentence is one template, so that a translation can order it as its language does.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from casework.access.kinds import READ_TOPICS, Compartment
from casework.audit.kinds import Verb

SENTENCES: dict[str, Promise] = {
    Verb.LOOKED: gettext_lazy("{person} opened {compartments}: {things}."),
    Verb.LISTED: gettext_lazy("{person} saw {cases} in a list."),
    Verb.ENTERED: gettext_lazy("{person} opened a page without case content."),
    Verb.CREATED: gettext_lazy("{person} recorded {things} in {compartments}."),
    Verb.CHANGED: gettext_lazy("{person} changed {things} in {compartments}."),
    Verb.DELETED: gettext_lazy("{person} deleted {things} in {compartments}."),
    Verb.EXPORTED: gettext_lazy("{person} took out {things} from {compartments}."),
    Verb.SIGNED_IN: gettext_lazy("{person} signed in."),
    Verb.SIGNED_OUT: gettext_lazy("{person} signed out."),
    Verb.SIGN_IN_FAILED: gettext_lazy("{person} tried to sign in, and failed."),
    Verb.FACTOR_CHANGED: gettext_lazy("{person} changed a sign-in factor."),
    Verb.REFUSED: gettext_lazy("{person} asked for {page}, and was refused."),
    Verb.FAILED: gettext_lazy("{person} asked for {page} and met an error; nothing was shown."),
}
# For entries that name no compartment, such as grants.
WITHOUT_COMPARTMENT: dict[str, Promise] = {
    Verb.LOOKED: gettext_lazy("{person} opened {things}."),
    Verb.CREATED: gettext_lazy("{person} recorded {things}."),
    Verb.CHANGED: gettext_lazy("{person} changed {things}."),
    Verb.DELETED: gettext_lazy("{person} deleted {things}."),
    Verb.EXPORTED: gettext_lazy("{person} took out {things}."),
}
READ_RECORD = gettext_lazy("{person} read the record of looks: {things}.")
COMMAND = gettext_lazy("{person} ran the command {command} on the server.")
# Of what two people seal: the key in the details of the entry, which names the telling, to the sentence.
OF_THE_SEAL: dict[str, Promise] = {
    "signed": gettext_lazy("{person} signed {telling}, as the first of two who seal it, with {things}."),
    "sealed": gettext_lazy("{person} sealed {telling} for good, with {things}."),
    "signature_taken_back": gettext_lazy(
        "{person} took back the first signature on {telling}, by a change or by choice."
    ),
}

THINGS: dict[str, Any] = {
    "cases.case": ngettext_lazy("the case page", "%(count)d case pages", "count"),
    "cases.child": ngettext_lazy("the child's identity", "%(count)d identities", "count"),
    "cases.participant": ngettext_lazy("%(count)d taking part of an agency", "%(count)d agencies taking part", "count"),
    "cases.entry": ngettext_lazy("%(count)d entry", "%(count)d entries", "count"),
    "cases.entryrevision": ngettext_lazy("%(count)d earlier version", "%(count)d earlier versions", "count"),
    "casework_account.telling": ngettext_lazy("%(count)d telling", "%(count)d tellings", "count"),
    "casework_account.passage": ngettext_lazy("%(count)d passage", "%(count)d passages", "count"),
    "casework_account.passagerevision": ngettext_lazy(
        "%(count)d earlier wording", "%(count)d earlier wordings", "count"
    ),
    "casework_account.passageedit": ngettext_lazy("%(count)d edit of passages", "%(count)d edits of passages", "count"),
    "casework_account.toldbefore": ngettext_lazy(
        "the answer whether the child had told before",
        "%(count)d answers whether the child had told before",
        "count",
    ),
    "casework_account.correction": ngettext_lazy("%(count)d correction", "%(count)d corrections", "count"),
    "cases.attendance": ngettext_lazy("%(count)d attendance", "%(count)d attendances", "count"),
    "sharing.personreview": ngettext_lazy("%(count)d review of a person", "%(count)d reviews of people", "count"),
    "planning.plan": ngettext_lazy("the plan of an interview", "%(count)d plans of an interview", "count"),
    "planning.planknown": ngettext_lazy("what a plan says is known", "what %(count)d plans say is known", "count"),
    "planning.planrevision": ngettext_lazy(
        "%(count)d earlier wording of a plan", "%(count)d earlier wordings of a plan", "count"
    ),
    "planning.planstep": ngettext_lazy("%(count)d step of a plan", "%(count)d steps of a plan", "count"),
    "planning.signature": ngettext_lazy(
        "%(count)d signature under a plan", "%(count)d signatures under a plan", "count"
    ),
    "planning.question": ngettext_lazy("%(count)d pooled question", "%(count)d pooled questions", "count"),
    "planning.furtherrequest": ngettext_lazy(
        "%(count)d request for a further telling", "%(count)d requests for a further telling", "count"
    ),
    "planning.hearing": ngettext_lazy("%(count)d hearing for the child", "%(count)d hearings for the child", "count"),
    "access.blinding": ngettext_lazy(
        "that an interviewer is kept from the record", "that %(count)d interviewers are kept from the record", "count"
    ),
    "planning.recordcheck": ngettext_lazy(
        "%(count)d search of the record", "%(count)d searches of the record", "count"
    ),
    "sharing.topicrequest": ngettext_lazy(
        "%(count)d request for topics of the account", "%(count)d requests for topics of the account", "count"
    ),
    "sharing.share": ngettext_lazy("%(count)d share", "%(count)d shares", "count"),
    "summaries.summary": ngettext_lazy("%(count)d summary", "%(count)d summaries", "count"),
    "summaries.summaryitem": ngettext_lazy("%(count)d item of a summary", "%(count)d items of a summary", "count"),
    "summaries.summarycopy": ngettext_lazy("%(count)d copy of a summary", "%(count)d copies of a summary", "count"),
    "assessment.harms": ngettext_lazy(
        "%(count)d assessment of the three harms", "%(count)d assessments of the three harms", "count"
    ),
    "assessment.distribution": ngettext_lazy(
        "%(count)d caution about pictures", "%(count)d cautions about pictures", "count"
    ),
    "assessment.screeninganswer": ngettext_lazy(
        "%(count)d answer of the screening", "%(count)d answers of the screening", "count"
    ),
    "search.tellingindex": ngettext_lazy("%(count)d index of a telling", "%(count)d indexes of tellings", "count"),
    "search.indexpage": ngettext_lazy("%(count)d page of vectors", "%(count)d pages of vectors", "count"),
    "access.casegrant": ngettext_lazy("%(count)d permission", "%(count)d permissions", "count"),
    "emergency.emergencyaccess": ngettext_lazy("%(count)d emergency access", "%(count)d emergency accesses", "count"),
    "custody.identityrequest": ngettext_lazy(
        "%(count)d request for the identity", "%(count)d requests for the identity", "count"
    ),
    "access.wall": ngettext_lazy("%(count)d wall", "%(count)d walls", "count"),
    "drafts.draft": ngettext_lazy("%(count)d text typed before", "%(count)d texts typed before", "count"),
    "agencies.member": ngettext_lazy("%(count)d member", "%(count)d members", "count"),
    "agencies.agency": ngettext_lazy("%(count)d agency", "%(count)d agencies", "count"),
    "audit.auditentry": ngettext_lazy("%(count)d entry of the record", "%(count)d entries of the record", "count"),
}

PAGES: dict[str, Promise] = {
    "": gettext_lazy("an address that leads nowhere"),
    "cases": gettext_lazy("a page of a case"),
    "account": gettext_lazy("a page of an account"),
    "search": gettext_lazy("the search of an account"),
    "assessment": gettext_lazy("a page of the assessment"),
    "planning": gettext_lazy("a page of plan and questions"),
    "sharing": gettext_lazy("a page of shares"),
    "emergency": gettext_lazy("a page of emergency access"),
    "custody": gettext_lazy("a page of requests for the identity"),
    "summaries": gettext_lazy("a page of summaries"),
    "oversight": gettext_lazy("a page of oversight"),
    "agencies": gettext_lazy("a page of the agency's administration"),
}

RULES: dict[str, Promise] = {
    "404": gettext_lazy("For this person it does not exist."),
    "NotVisible": gettext_lazy("For this person it does not exist."),
    "Http404": gettext_lazy("The address leads nowhere."),
    "403": gettext_lazy("It may not be opened by this person."),
    "405": gettext_lazy("The page can't be used in this way."),
    "standing": gettext_lazy("Vetting, training or membership was not current."),
    "credentials": gettext_lazy("Address and password did not fit."),
    "second_factor": gettext_lazy("The code of the second factor did not fit."),
    "too_many_tries": gettext_lazy("There were too many tries to sign in."),
    "set_up_link": gettext_lazy("The one-time link was used, replaced, or too old."),
    "password_not_changed": gettext_lazy("The old password did not fit, or the new one may not be used."),
    "supervisor": gettext_lazy("Only a supervisor may do this."),
    "oversight": gettext_lazy("Only supervisors and auditors read the record."),
    "lead_agency": gettext_lazy("Only the lead agency may do this."),
    "holder_shares": gettext_lazy("Only an agency that holds something of a case shares it."),
    "sharer_changes": gettext_lazy("Only the agency that shares changes a share."),
    "sharer_agrees": gettext_lazy("Only the agency that shares agrees to a share."),
    "share_open": gettext_lazy("The share was decided on already."),
    "share_in_force": gettext_lazy("The share was not in force."),
    "entry_of_another_agency": gettext_lazy("Only the agency that wrote an entry changes it."),
    "review_overdue": gettext_lazy("The review of who is on the case was overdue."),
    "lead_agency_plans": gettext_lazy("Only the lead agency keeps the plan of an interview."),
    "takes_part": gettext_lazy("The agency did not take part in the case."),
    "requester_withdraws": gettext_lazy("Only who asked withdraws a request."),
    "lead_decides": gettext_lazy("A supervisor of the lead agency decides on a further telling."),
    "is_heard": gettext_lazy("Only who is heard answers."),
    "kept_from_record": gettext_lazy("Nobody who is kept from the record opens it again."),
    "sets_outcome": gettext_lazy("Only who asked, who interviews and the lead agency say what became of a question."),
    "case_closed": gettext_lazy("The case was closed."),
    "open_case": gettext_lazy("This role opens no cases."),
    "screening_open": gettext_lazy("The screening for production and distribution was not answered."),
    "write_nowhere": gettext_lazy("This person writes in no compartment of the case."),
    "oversees_case": gettext_lazy("Only the lead agency reads the record of a case."),
    "receiver_decides": gettext_lazy("Only a supervisor of the receiving agency decides on a share."),
    "sharer_withdraws": gettext_lazy("Only the agency that shared, or the lead agency, withdraws a share."),
    "seal_telling": gettext_lazy("What was told is sealed by those of police and social work who interview or work."),
    "both_sides_seal": gettext_lazy("One of the police and one of social work seal together."),
    "interviewer_seals": gettext_lazy("Whoever interviewed the child is one of the two who seal."),
    "second_person": gettext_lazy("A second person has to decide."),
    "administrator": gettext_lazy("Only an administrator of the agency may do this."),
    "foreign_host": gettext_lazy("The request was for a host name that is not ours."),
    "not_signed_in": gettext_lazy("Nobody was signed in."),
    "no_second_factor": gettext_lazy("The second factor was not used yet."),
    "csrf": gettext_lazy("The form came from a page that was too old, or from elsewhere."),
    "custodian": gettext_lazy("Only who keeps the identity of a case decides on requests for it."),
    "identity_own": gettext_lazy("Only who asked for the identity withdraws the request."),
    "identity_held": gettext_lazy("This person may see the identity already."),
    "identity_part": gettext_lazy("It was not among the parts of the identity that were asked for, or given."),
    "identity_ends": gettext_lazy("The identity can't be given for so long, or for a day that is over."),
    "identity_waits": gettext_lazy("An earlier request for the identity waited for its decision."),
    "identity_decided": gettext_lazy("The request for the identity was decided or ended already."),
    "identity_over": gettext_lazy("Nothing of the identity was given by that request."),
    "identity_emergency": gettext_lazy("Who sees a case in an emergency only asks for no identity."),
    "identity_sees_no_case": gettext_lazy("Who had asked for the identity did not see the case any more."),
    "emergency_nothing": gettext_lazy("Asked for in an emergency; for this person it does not exist."),
    "emergency_role": gettext_lazy("Auditors and administrators open no case, not even in an emergency."),
    "emergency_own": gettext_lazy("Only the member who opened the case in an emergency explains it."),
    "emergency_reviewed": gettext_lazy("The review of the emergency access was closed."),
    "emergency_explained": gettext_lazy("The emergency access was explained already."),
    "emergency_runs": gettext_lazy("The emergency access was still running."),
    "emergency_unexplained": gettext_lazy("The member had days left to explain the emergency access."),
    "undeclared": gettext_lazy("The page declares no rule."),
}


def things_in_words(label: str, count: int) -> str:
    """How many of a kind of row, such as "80 passages". `label`: of a model; an unknown one is counted as objects."""
    if label in THINGS:
        return str(THINGS[label] % {"count": count})
    return ngettext("%(count)d object", "%(count)d objects", count) % {"count": count}


def page_in_words(route: str) -> str:
    """Which kind of page a route leads to."""
    part = route.split(":", maxsplit=1)[0] if ":" in route else ""
    return str(PAGES[part]) if part in PAGES and (part or not route) else _("a page")


def cases_in_words(references: Sequence[str], count: int) -> SafeString:
    """The cases of a list by reference, as far as the reader oversees them. `count`: all that the list held."""
    named = format_html_join(", ", '<bdi dir="ltr">{}</bdi>', ((each,) for each in references))
    others = count - len(references)
    if not references:
        return format_html("{}", ngettext("%(count)d case", "%(count)d cases", others) % {"count": others})
    if not others:
        return named
    words = ngettext("and %(count)d other case", "and %(count)d other cases", others) % {"count": others}
    return format_html("{} {}", named, words)


def compartment_in_words(code: str) -> str:
    """The label of a compartment; an unknown code stays as it is."""
    return str(Compartment(code).label) if code in Compartment.values else code


def permission_in_words(codename: str) -> str:
    """What a grant allows, such as "to read: Police". `codename`: as `read_police`."""
    if codename == READ_TOPICS:
        return _("to read: named topics of the account")
    act, _sign, code = codename.partition("_")
    words = _("to write in: %(name)s") if act == "write" else _("to read: %(name)s")
    return words % {"name": compartment_in_words(code)}


def rule_in_words(rule: str) -> str:
    """Why something was refused, in a sentence. A rule that has no sentence is named."""
    act, _sign, code = rule.partition("_")
    if rule in RULES:
        return str(RULES[rule])
    if act == "guard":
        return _("What was sent held a picture, a file or a hidden character (%(kind)s). Nothing of it was kept.") % {
            "kind": code.replace("_", " ")
        }
    if act == "read" and code in Compartment.values:
        return _("No access to the compartment %(name)s.") % {"name": compartment_in_words(code)}
    if act == "write" and code in Compartment.values:
        return _("No access to write in the compartment %(name)s.") % {"name": compartment_in_words(code)}
    return _("Rule: %(rule)s.") % {"rule": rule.replace("_", " ") or _("none recorded")}
