//! To whom a mail goes, what it answers, and what programs read of it: everything around the letter.

use integrations::email::{Mail, Mailbox};
use model::{NotificationKind, Timestamp};

use super::{
    compose::Said,
    letter::{Footer, Link},
    links::{self, Unsubscribe},
    settings::{self, Sender},
    source::Source,
};
use crate::{App, notifications};

/// The mail of a letter.
pub(super) async fn pack(source: &Source<'_>, said: Said) -> Result<Mail, store::Error> {
    let Source { app, delivery, of, .. } = source;
    let sender = settings::sender(app).await?;
    let address = delivery.target.get("address").and_then(serde_json::Value::as_str);
    let to = Mailbox {
        name: source.reader.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
        address: address.unwrap_or(&delivery.label).to_owned(),
    };
    let message_id = message_id(source, sender.domain());
    let mut headers = classes(source, &said, &sender);
    let mut subject = prefixed(source, &sender, &said.letter.subject);
    if let (true, Some(issue)) = (said.in_thread, of.issue) {
        let mut tx = app.store.begin().await?;
        let first = store::mail_threads::join(&mut tx, &to.address, issue, &message_id, delivery.created_at).await?;
        tx.commit().await?;
        if first != message_id {
            headers.push(("In-Reply-To".to_owned(), first.clone()));
            headers.push(("References".to_owned(), first));
            subject = format!("Re: {subject}");
        }
    }
    let unsubscribe = match Unsubscribe::of(source, &to.address) {
        Some(what) => Some(links::url(app, &what).await?),
        None => None,
    };
    if let Some(url) = &unsubscribe {
        headers.push(("List-Unsubscribe".to_owned(), format!("<{url}>")));
        headers.push((
            "List-Unsubscribe-Post".to_owned(),
            "List-Unsubscribe=One-Click".to_owned(),
        ));
    }
    let reply_to = reply_address(source, &sender).await?;
    if let Some(address) = &reply_to {
        headers.push(("X-Sentry-Reply-To".to_owned(), address.address.clone()));
    }
    let footer = footer(source, unsubscribe);
    Ok(Mail {
        message_id,
        date: delivery.created_at,
        from: sender.from,
        to,
        reply_to,
        subject,
        text: said.letter.text(&footer),
        html: Some(said.letter.html(&footer)),
        headers,
        attachments: said.attachments,
    })
}

/// Made of the delivery alone: a second copy of a mail has the id of the first.
fn message_id(source: &Source<'_>, domain: &str) -> String {
    let delivery = source.delivery;
    let uuid = &source.of.uuid;
    let random = &uuid[..uuid.len().min(16)];
    format!("<{}.{}.{random}@{domain}>", digits(delivery.created_at), delivery.id.0)
}

/// `20261121220000`, in UTC.
fn digits(at: Timestamp) -> String {
    let text = at.to_string();
    text.chars().take(19).filter(char::is_ascii_digit).collect()
}

/// What sorts mails: by list, by kind, by project.
fn classes(source: &Source<'_>, said: &Said, sender: &Sender) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
    let slugs = [
        source.project.as_ref().map(|project| project.slug.as_str()),
        source
            .organization
            .as_ref()
            .map(|organization| organization.slug.as_str()),
    ];
    let list: Vec<&str> = slugs.into_iter().flatten().chain([sender.list_namespace()]).collect();
    if list.len() > 1 {
        add("List-Id", format!("<{}>", list.join(".")));
    }
    add(
        "X-SMTPAPI",
        serde_json::json!({ "category": said.category }).to_string(),
    );
    // Programs that answer mails do not answer this one (RFC 3834).
    add("Auto-Submitted", "auto-generated".to_owned());
    if let Some(project) = &source.project {
        add("X-Sentry-Project", project.slug.clone());
    }
    if let Some(issue) = source.issue.as_ref().filter(|_| !source.is_private) {
        if !issue.logger.is_empty() {
            add("X-Sentry-Logger", issue.logger.clone());
        }
        add("X-Sentry-Logger-Level", issue.level.name().to_owned());
    }
    headers
}

/// The subject with what a project, or else the installation, puts in front of those about issues.
fn prefixed(source: &Source<'_>, sender: &Sender, subject: &str) -> String {
    use NotificationKind::{Activity, Deploy, Digest, IssueAlert, Test};
    if !matches!(source.of.kind, IssueAlert | Activity | Digest | Deploy | Test) {
        return subject.to_owned();
    }
    let prefix = source
        .settings
        .subject_prefix
        .as_deref()
        .unwrap_or(&sender.subject_prefix);
    match prefix.trim() {
        "" => subject.to_owned(),
        prefix => format!("{prefix} {subject}"),
    }
}

/// Where an answer becomes a comment.
async fn reply_address(source: &Source<'_>, sender: &Sender) -> Result<Option<Mailbox>, store::Error> {
    let (Some(issue), Some(user)) = (source.of.issue, source.delivery.user) else {
        return Ok(None);
    };
    if sender.reply_host.is_empty() {
        return Ok(None);
    }
    let address = links::reply_address(source.app, user, issue, &sender.reply_host).await?;
    Ok(Some(Mailbox::of(&address)))
}

/// Why the reader gets the mail, and how to get fewer.
fn footer(source: &Source<'_>, unsubscribe: Option<String>) -> Footer {
    let app: &App = source.app;
    let is_account = source.of.kind == NotificationKind::Account;
    let code = source.delivery.target.get("reason").and_then(serde_json::Value::as_str);
    let reason = code.and_then(notifications::Reason::from_code);
    let reason = match reason {
        Some(reason) => reason.text().to_owned(),
        None if is_account => "Mails about accounts and their security cannot be turned off.".to_owned(),
        None => String::new(),
    };
    let mut links = Vec::new();
    if let Some(url) = unsubscribe {
        links.push(Link {
            label: "Unsubscribe".to_owned(),
            url,
        });
    }
    if source.delivery.user.is_some() && !is_account {
        links.push(Link {
            label: "Notification settings".to_owned(),
            url: app.url.join(links::SETTINGS),
        });
    }
    Footer { reason, links }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_an_id_is_all_digits() {
        assert_eq!(digits(Timestamp(1_800_000_000_000_000)), "20270115080000");
    }
}
