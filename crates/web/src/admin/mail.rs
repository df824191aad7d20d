use askama::Template;
use httpkit::{ApiError, InstanceAccess, PathParams, instance_permissions::Superuser};
use model::{MailId, Timestamp};

use super::{sample_shell, shell};
use crate::{
    gallery::{self, Sample},
    icon::Icon,
    page::Page,
    shell::Shell,
    urls::AdminSection,
    visit::Visit,
};

/// One mail with its text; looking at it is noted.
#[derive(Debug, Template)]
#[template(path = "admin/mail.html")]
pub(crate) struct MailPage {
    pub(crate) shell: Shell,
    pub(crate) section: AdminSection,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) written: Timestamp,
}

/// `GET /admin/mails/{mail}/`
pub(crate) async fn show(
    visit: Visit,
    access: InstanceAccess<Superuser>,
    path: PathParams,
) -> Result<Page<MailPage>, ApiError> {
    let id = path
        .get("mail")?
        .parse()
        .map(MailId)
        .map_err(|_| ApiError::not_found())?;
    let mail = services::mails::read(&visit.app, &access.actor, id).await?;
    let mail = mail.ok_or_else(ApiError::not_found)?;
    Ok(Page(MailPage {
        shell: shell(&visit, AdminSection::Mails).await?,
        section: AdminSection::Mails,
        recipient: mail.recipient,
        subject: mail.subject,
        text: mail.body,
        written: mail.created_at,
    }))
}

impl MailPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |subject: &str, text: &str| Self {
            shell: sample_shell(AdminSection::Mails),
            section: AdminSection::Mails,
            recipient: "ada@example.com".to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            written: gallery::ago(3_600),
        };
        let text = "Open this link:\nhttps://tocsin.example/auth/recover/abc/\n";
        vec![
            Sample::new("admin-mail-typical", &page("Choose a new password", text)),
            Sample::new("admin-mail-hostile", &page(gallery::HOSTILE, gallery::HOSTILE)),
        ]
    }
}
