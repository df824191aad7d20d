//! What the user wants to be told of, and where.

pub(crate) mod browsers; // the browsers that show notifications,
mod choices; // the form of types, toggles, cap and quiet hours,
mod places; // what holds in single projects and organizations,
mod samples; // and all of it with made-up data

pub(crate) use choices::save;
pub(crate) use places::{remove_rule, remove_scope, set_address, set_rule, set_scope};

use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use httpkit::{ApiError, CsrfForm};
use model::{Assignee, Timestamp};
use services::notifications::{
    Reason, policy, preferences, push,
    settings::{self, Answer, Answers, NotificationType, Provider},
};

use self::{
    browsers::BrowserRow,
    choices::Choices,
    places::{AddressRow, PlaceChoice, RuleRow, ScopeRow},
};
use crate::{
    form::{FormErrors, NoFields},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    settings::Frame,
    shell::{Part, Shell},
    urls::{self, AccountSection},
    visit::Visit,
};

/// The types that have a row; those of single quotas follow that of all.
const TYPES: [NotificationType; 7] = [
    NotificationType::ALERTS,
    NotificationType::WORKFLOW,
    NotificationType::DEPLOY,
    NotificationType::REPORTS,
    NotificationType::SPIKE_PROTECTION,
    NotificationType::QUOTA,
    NotificationType::APPROVAL,
];

/// The providers that have a column.
const PROVIDERS: [Provider; 3] = [Provider::Email, Provider::Slack, Provider::Browser];

#[derive(Debug, Template)]
#[template(path = "account/notifications/page.html")]
pub(crate) struct NotificationsPage {
    pub(crate) shell: Shell,
    pub(crate) frame: Frame,
    choices: Choices,
    /// What waits to be told later.
    held: Vec<HeldRow>,
    scopes: Vec<ScopeRow>,
    rules: Vec<RuleRow>,
    addresses: Vec<AddressRow>,
    /// Projects and organizations to choose from.
    places: Vec<PlaceChoice>,
    /// Confirmed ones of the user.
    emails: Vec<String>,
    browsers: Vec<BrowserRow>,
    public_key: String,
    pub(crate) errors: FormErrors,
}

#[derive(Debug, Clone)]
struct HeldRow {
    why: &'static str,
    number: i64,
    until: Timestamp,
}

/// `GET /settings/account/notifications/`
pub(crate) async fn show(visit: Visit) -> Result<Page<NotificationsPage>, ApiError> {
    Ok(Page(page(&visit, None, FormErrors::default()).await?))
}

async fn page(visit: &Visit, typed: Option<Choices>, errors: FormErrors) -> Result<NotificationsPage, ApiError> {
    let (app, user) = (&visit.app, visit.user());
    let rows = settings::list(app, Assignee::User(user.id)).await?;
    let own = preferences::get(app, user.id).await?;
    let choices = typed.unwrap_or_else(|| Choices::of(user.id, &Answers::new(rows.clone()), &own));
    let places = places::choices(visit).await?;
    let waiting = policy::waiting(app, user.id).await?.into_iter();
    let emails = services::users::list_emails(app, user.id).await?.into_iter();
    Ok(NotificationsPage {
        shell: visit.shell_of_user(Part::Settings, "Notifications").await?,
        frame: Frame::account(AccountSection::Notifications),
        choices,
        held: waiting
            .map(|(timeline, number)| HeldRow {
                why: Reason::from_code(&timeline.kind).map_or("", Reason::text),
                number,
                until: timeline.due_at,
            })
            .collect(),
        scopes: places::scope_rows(&rows, &places),
        rules: places::rule_rows(app, user.id, &places).await?,
        addresses: places::address_rows(app, user.id, &places).await?,
        places,
        emails: emails
            .filter(|email| email.verified_at.is_some())
            .map(|email| email.email)
            .collect(),
        browsers: browsers::rows(app, user.id).await?,
        public_key: push::public_key(app).await?,
        errors,
    })
}

/// `POST /settings/account/notifications/links/revoke/`
pub(crate) async fn revoke_links(visit: Visit, _: CsrfForm<NoFields>) -> Result<Response, ApiError> {
    services::mails::revoke_links(&visit.app, visit.user().id).await?;
    Ok((
        PendingNotice::of(Done::MailLinksRevoked),
        Redirect::to(urls::NOTIFICATIONS),
    )
        .into_response())
}

fn saved() -> Response {
    (
        PendingNotice::of(Done::NotificationsSaved),
        Redirect::to(urls::NOTIFICATIONS),
    )
        .into_response()
}

/// In the words of the page.
fn words(kind: NotificationType, answer: Answer) -> &'static str {
    match answer {
        Answer::Always if kind == NotificationType::ALERTS => "On, for every rule that names me",
        Answer::Always if kind == NotificationType::WORKFLOW => "On, for all issues of my projects",
        Answer::Always if kind == NotificationType::DEPLOY => "On, for all deploys of my projects",
        Answer::Always => "On",
        Answer::AssignedOnly => "Assigned issues only",
        Answer::CommittedOnly => "Deploys of my commits only",
        Answer::SubscribeOnly => "Issues that I take part in",
        Answer::Never => "Off",
    }
}
