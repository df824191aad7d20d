//! What may keep mails away: the guide's checks, with what was found and where to change it.

use askama::Template;
use httpkit::{ApiError, OrganizationAccess, scopes::AlertsRead};
use model::UserId;
use services::{
    Scope,
    diagnostics::email::{self, Check, Outcome, Place, Question, Subject},
    issues::ShortId,
};

use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::{Part, Shell},
    urls::{ADMIN_JOBS, ADMIN_MAIL, ADMIN_MAILS, AccountSection, Links, Section},
    visit::{Visit, display_name},
};

#[derive(Debug, Template)]
#[template(path = "alert_reports/checks.html")]
pub(crate) struct ChecksPage {
    pub(crate) shell: Shell,
    /// Whose mails they are about.
    name: String,
    user: i64,
    issue: String,
    /// Empty for those who may only ask for themselves.
    members: Vec<(i64, String)>,
    groups: Vec<(&'static str, Vec<CheckRow>)>,
}

#[derive(Debug, Clone)]
struct CheckRow {
    code: &'static str,
    title: &'static str,
    outcome: Outcome,
    evidence: String,
    advice: &'static str,
    link: Option<(String, &'static str)>,
}

/// `GET /organizations/{organization}/alerts/diagnostics/`
pub(crate) async fn show(visit: Visit, access: OrganizationAccess<AlertsRead>) -> Result<Page<ChecksPage>, ApiError> {
    let scope = &access.scope;
    let shell = visit
        .shell_of(&scope.organization, Part::Alerts, "Check e-mail")
        .await?;
    let asked = visit.field("user").and_then(|user| user.parse().ok()).map(UserId);
    let member = email::subject(&visit.app, scope, asked.unwrap_or(visit.user().id)).await?;
    let issue = match visit.field("issue").map(str::trim).filter(|issue| !issue.is_empty()) {
        Some(issue) => Some(services::issues::get(&visit.app, scope, issue).await?),
        None => None,
    };
    let subject = Subject {
        user: &member,
        issue: issue.as_ref(),
    };
    let checks = email::check(&visit.app, scope, subject).await?;
    let may_choose = scope.rights.allow(Scope::MemberWrite) || scope.rights.allow(Scope::OrgWrite);
    let members = if may_choose {
        let users = services::members::members(&visit.app, scope).await?;
        users
            .iter()
            .map(|one| (one.user.id.0, display_name(&one.user)))
            .collect()
    } else {
        Vec::new()
    };
    let project = issue.as_ref().map(|issue| issue.project_slug.as_str());
    Ok(Page(ChecksPage {
        name: display_name(&member),
        user: member.id.0,
        issue: issue
            .as_ref()
            .map(|issue| ShortId::of(issue).to_string())
            .unwrap_or_default(),
        members,
        groups: groups(&checks, &shell.links, project),
        shell,
    }))
}

fn groups(checks: &[Check], links: &Links, project: Option<&str>) -> Vec<(&'static str, Vec<CheckRow>)> {
    [Question::NotReceived, Question::TooMany]
        .into_iter()
        .map(|question| {
            let own = checks.iter().filter(|check| check.question == question);
            let rows = own.map(|check| CheckRow {
                code: check.code,
                title: check.title,
                outcome: check.outcome,
                evidence: check.evidence.clone(),
                advice: check.advice,
                link: check.place.and_then(|place| link(place, links, project)),
            });
            (question.title(), rows.collect())
        })
        .collect()
}

fn link(place: Place, links: &Links, project: Option<&str>) -> Option<(String, &'static str)> {
    Some(match place {
        Place::AccountEmails => (AccountSection::Profile.path().to_owned(), "Profile"),
        Place::AccountNotifications => (AccountSection::Notifications.path().to_owned(), "Notification settings"),
        Place::MailSettings => (ADMIN_MAIL.to_owned(), "Mail server"),
        Place::Outbox => (ADMIN_MAILS.to_owned(), "Outbox"),
        Place::Jobs => (ADMIN_JOBS.to_owned(), "Jobs"),
        Place::ProjectAlertSettings => (
            links.project_section(project?, Section::Notifications),
            "Notification settings of the project",
        ),
        Place::ProjectFilters => (links.project_section(project?, Section::Filters), "Inbound filters"),
        Place::AlertRules => (links.alerts(), "Alert rules"),
    })
}

impl ChecksPage {
    fn is_user(&self, id: &i64) -> bool {
        self.user == *id
    }

    fn failed(&self) -> usize {
        let rows = self.groups.iter().flat_map(|(_, rows)| rows);
        rows.filter(|row| row.outcome == Outcome::Fail).count()
    }

    pub(crate) fn samples() -> Vec<Sample> {
        let row = |code, title, outcome, evidence: &str, link: Option<(String, &'static str)>| CheckRow {
            code,
            title,
            outcome,
            evidence: evidence.to_owned(),
            advice: if outcome == Outcome::Pass { "" } else { "Look at it." },
            link,
        };
        let page = |members: Vec<(i64, String)>, rows: Vec<CheckRow>, many: Vec<CheckRow>| Self {
            shell: gallery::shell(Part::Alerts, "Check e-mail", "/organizations/acme/alerts/diagnostics/"),
            name: "Ada Lovelace".to_owned(),
            user: 1,
            issue: String::new(),
            members,
            groups: vec![(Question::NotReceived.title(), rows), (Question::TooMany.title(), many)],
        };
        let fine = || {
            row(
                "address",
                "The address is valid and confirmed",
                Outcome::Pass,
                "ada@example.com",
                None,
            )
        };
        let settings = || Some(("/account/settings/notifications/".to_owned(), "Notification settings"));
        vec![
            Sample::new("mail-checks-fine", &page(Vec::new(), vec![fine()], Vec::new())),
            Sample::new(
                "mail-checks-failing",
                &page(
                    vec![(1, "Ada Lovelace".to_owned()), (2, gallery::HOSTILE.to_owned())],
                    vec![
                        fine(),
                        row(
                            "preferences",
                            "Their settings let alerts come by e-mail",
                            Outcome::Fail,
                            "never",
                            settings(),
                        ),
                        row(
                            "smtp",
                            "The mail server takes mails",
                            Outcome::Unknown,
                            gallery::HOSTILE,
                            None,
                        ),
                    ],
                    vec![row(
                        "volume",
                        "There are not many mails",
                        Outcome::Fail,
                        "91 mails",
                        settings(),
                    )],
                ),
            ),
        ]
    }
}
