//! Answers to mails, which become comments. A provider takes them from the mail server and hands them over by a signed
//! webhook.

use ring::hmac;
use store::users::User;

use super::links;
use crate::{
    Actor, App,
    access::{AccessError, Scopes},
    issues::{
        self,
        comments::{self, CommentError},
    },
    options, secret,
};

/// How old a signature may be, in seconds: an older one was heard by somebody else.
const SIGNATURE_LIFETIME: i64 = 15 * 60;

/// What a provider hands over, in the form of Mailgun.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    pub timestamp: &'a str,
    pub token: &'a str,
    pub signature: &'a str,
    /// The address that the mail came to, and the one that it came from.
    pub recipient: &'a str,
    pub sender: &'a str,
    /// What was written anew, without what was quoted; and all of it.
    pub stripped_text: &'a str,
    pub text: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// Replies are not read, or somebody else sent it.
    #[error("the signature is wrong")]
    Signature,
    #[error("the mail went to no address that was given to anybody")]
    Recipient,
    #[error("the mail came from no confirmed address of the user to whom it was sent")]
    Sender,
    #[error("the user does not see the issue")]
    Access,
    #[error("the mail holds no answer")]
    Blank,
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Writes an answer as a comment of the user who sent it. An answer that is handed over twice is one comment.
pub async fn reply(app: &App, reply: Reply<'_>) -> Result<(), ReplyError> {
    let key = options::get_secret(app, &options::MAIL_REPLY_KEY).await?;
    let now = app.now().0 / 1_000_000;
    if !is_signed(&key, &reply, now) {
        return Err(ReplyError::Signature);
    }
    let opened = links::open_reply_address(app, reply.recipient).await?;
    let (user, issue) = opened.ok_or(ReplyError::Recipient)?;
    let user = sender(app, user, reply.sender).await?;
    let actor = Actor::of_user(user, Scopes::all());
    let found = issues::find_scope(app, &actor, &issue.0.to_string()).await;
    let (scope, issue) = found.map_err(|error| match error {
        AccessError::Store(error) => ReplyError::Store(error),
        _ => ReplyError::Access,
    })?;
    let text = match reply.stripped_text.trim() {
        "" => new_text(reply.text),
        text => text.to_owned(),
    };
    match comments::add(app, &scope, &issue, &text, &[]).await {
        Ok(_) | Err(CommentError::Twice) => Ok(()),
        Err(CommentError::Blank) => Err(ReplyError::Blank),
        Err(CommentError::Store(error)) => Err(error.into()),
        // Too long, or it mentions too many: what can be kept of it is kept.
        Err(_) => {
            let short: String = text.chars().take(comments::LONGEST_COMMENT).collect();
            let plain = short
                .replace('@', "@\u{200b}")
                .chars()
                .take(comments::LONGEST_COMMENT)
                .collect::<String>();
            match comments::add(app, &scope, &issue, &plain, &[]).await {
                Ok(_) | Err(CommentError::Twice) => Ok(()),
                Err(CommentError::Store(error)) => Err(error.into()),
                Err(_) => Err(ReplyError::Blank),
            }
        }
    }
}

/// HMAC-SHA256 of time and token, in hexadecimal digits.
fn is_signed(key: &str, reply: &Reply<'_>, now: i64) -> bool {
    let at: Option<i64> = reply.timestamp.trim().parse().ok();
    let is_fresh = at.is_some_and(|at| (now - at).abs() <= SIGNATURE_LIFETIME);
    if key.is_empty() || !is_fresh {
        return false;
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let signed = format!("{}{}", reply.timestamp, reply.token);
    secret::from_hex(reply.signature).is_some_and(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
}

/// The user, if the mail came from a confirmed address of theirs.
async fn sender(app: &App, user: model::UserId, sender: &str) -> Result<User, ReplyError> {
    let address = integrations::email::Mailbox::parse(sender).ok_or(ReplyError::Sender)?;
    let address = address.address.to_lowercase();
    let mut db = app.store.read().await?;
    let found = store::users::find(&mut db, user).await?.filter(|user| user.is_active);
    let user = found.ok_or(ReplyError::Sender)?;
    let own = store::user_emails::list(&mut db, user.id).await?;
    let is_own = own.iter().any(|own| own.email == address && own.verified_at.is_some());
    if is_own { Ok(user) } else { Err(ReplyError::Sender) }
}

/// What stands above the quoted mail.
fn new_text(text: &str) -> String {
    let lines = text.lines().take_while(|line| {
        let line = line.trim();
        !(line.starts_with('>') || line == "--" || (line.starts_with("On ") && line.ends_with("wrote:")))
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fresh_signatures_of_the_key_count() {
        let sign = |key: &str, text: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
            secret::hex(hmac::sign(&key, text.as_bytes()).as_ref())
        };
        let signature = sign("key", "1000token");
        let check = |key: &str, timestamp: &str, signature: &str, now: i64| {
            let reply = Reply {
                timestamp,
                token: "token",
                signature,
                recipient: "",
                sender: "",
                stripped_text: "",
                text: "",
            };
            is_signed(key, &reply, now)
        };
        assert!(check("key", "1000", &signature, 1000));
        assert!(check("key", "1000", &signature, 1900));
        assert!(!check("key", "1000", &signature, 1901));
        assert!(!check("other", "1000", &signature, 1000));
        assert!(!check("key", "1001", &signature, 1000));
        assert!(!check("key", "1000", "zz", 1000));
        assert!(!check("", "1000", &sign("", "1000token"), 1000));
    }

    #[test]
    fn what_was_quoted_is_left_out() {
        assert_eq!(
            new_text("I look at it.\nSoon.\n\nOn Monday Tocsin wrote:\n> WEB-1\n"),
            "I look at it.\nSoon."
        );
        assert_eq!(new_text("> all quoted"), "");
    }
}
