use askama::Template;
use httpkit::{ApiError, InstanceAccess, instance_permissions::Superuser};
use model::Timestamp;
use store::{IdPage, IdStart};

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::{self, AdminSection},
    visit::Visit,
};

/// Mails on one page.
const PAGE: usize = 100;

/// The mails that the installation wrote, without their texts: those hold links that let people in.
#[derive(Debug, Template)]
#[template(path = "admin/mails.html")]
pub(crate) struct MailsPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) mails: Vec<MailRow>,
    /// Where the list goes on.
    pub(crate) next: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct MailRow {
    pub(crate) id: i64,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) written: Timestamp,
    pub(crate) sent: Option<Timestamp>,
}

/// `GET /admin/mails/`
pub(crate) async fn show(visit: Visit, _: InstanceAccess<Superuser>) -> Result<Page<MailsPage>, ApiError> {
    let before = visit.field("before").and_then(|before| before.parse().ok());
    let page = IdPage {
        start: before.map_or(IdStart::Newest, IdStart::OlderThan),
        limit: PAGE as i64 + 1,
    };
    let mut mails = services::mails::list(&visit.app, page).await?;
    let has_more = mails.len() > PAGE;
    mails.truncate(PAGE);
    let next = mails.last().filter(|_| has_more).map(|last| {
        let pairs = [("before", last.id.to_string())];
        format!("{}?{}", urls::ADMIN_MAILS, urls::query(pairs))
    });
    let row = |mail: store::mails::Mail| MailRow {
        id: mail.id.0,
        recipient: mail.recipient,
        subject: mail.subject,
        written: mail.created_at,
        sent: mail.sent_at,
    };
    Ok(Page(MailsPage {
        shell: shell(&visit, AdminSection::Mails).await?,
        section: AdminSection::Mails,
        mails: mails.into_iter().map(row).collect(),
        next,
    }))
}

impl MailsPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |mails, next: Option<&str>| Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            mails,
            next: next.map(str::to_owned),
        };
        let row = |subject: &str, sent| MailRow {
            id: 7,
            recipient: "ada@example.com".to_owned(),
            subject: subject.to_owned(),
            written: gallery::ago(3_600),
            sent,
        };
        vec![
            Sample::new("admin-mails-empty", &page(Vec::new(), None)),
            Sample::new(
                "admin-mails-typical",
                &page(
                    vec![
                        row("Confirm your address", None),
                        row("Choose a new password", Some(gallery::ago(3_590))),
                    ],
                    Some("/admin/mails/?before=7"),
                ),
            ),
            Sample::new("admin-mails-hostile", &page(vec![row(gallery::HOSTILE, None)], None)),
        ]
    }
}
