use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    message::{
        Body, Mailbox as LettreMailbox, MultiPart, MultiPartKind, SinglePart,
        header::{self, ContentType, HeaderName, HeaderValue},
    },
};
use model::Timestamp;
use serde::{Deserialize, Serialize};

/// Longer lines of a header are cut: nobody reads them, and servers refuse them.
const MAX_HEADER: usize = 900;

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    pub address: String,
}

impl Mailbox {
    pub fn of(address: &str) -> Self {
        Self {
            name: String::new(),
            address: address.to_owned(),
        }
    }

    /// Reads `Name <a@b>` or `a@b`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text),
        };
        is_address(address).then(|| Self {
            name: name.to_owned(),
            address: address.to_owned(),
        })
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    fn to_lettre(&self) -> Result<LettreMailbox, MailError> {
        let address: Address = self
            .address
            .parse()
            .map_err(|_| MailError::Address(self.address.clone()))?;
        let name = one_line(&self.name);
        Ok(LettreMailbox::new(Some(name).filter(|name| !name.is_empty()), address))
    }
}

/// Whether mail can be sent to it.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<Address>().is_ok()
}

/// A whole mail. Equal parts make equal bytes, so that a second copy is known as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// With its angle brackets.
    pub message_id: String,
    pub date: Timestamp,
    pub from: Mailbox,
    pub to: Mailbox,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Mailbox>,
    pub subject: String,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// In order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file of text, as a picture in SVG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: String,
    pub content_type: String,
    pub content: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    #[error("{0:?} is not an e-mail address")]
    Address(String),
    #[error("{0:?} is not the name of a header")]
    Header(String),
    #[error("the mail cannot be put together: {0}")]
    Parts(String),
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The mail as it is sent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, MailError> {
        Ok(self.message()?.formatted())
    }

    pub(super) fn message(&self) -> Result<Message, MailError> {
        let seconds = self.date.0.div_euclid(1_000_000).max(0);
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        let mut builder = Message::builder()
            .date(date)
            .message_id(Some(one_line(&self.message_id)))
            .from(self.from.to_lettre()?)
            .to(self.to.to_lettre()?)
            .subject(one_line(&self.subject));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.to_lettre()?);
        }
        for (name, value) in &self.headers {
            let header = HeaderName::new_from_ascii(name.clone()).map_err(|_| MailError::Header(name.clone()))?;
            builder = builder.raw_header(HeaderValue::new(header, one_line(value)));
        }
        let mut both = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(self.boundary('t'))
            .singlepart(part(ContentType::TEXT_PLAIN, &self.text));
        if let Some(html) = &self.html {
            both = both.singlepart(part(ContentType::TEXT_HTML, html));
        }
        let message = if self.attachments.is_empty() {
            builder.multipart(both)
        } else {
            let whole = MultiPart::builder()
                .kind(MultiPartKind::Mixed)
                .boundary(self.boundary('m'));
            let mut whole = whole.multipart(both);
            for attachment in &self.attachments {
                whole = whole.singlepart(attachment.part()?);
            }
            builder.multipart(whole)
        };
        message.map_err(|error| MailError::Parts(error.to_string()))
    }

    /// From the id, as chance would make other bytes at the next attempt.
    fn boundary(&self, of: char) -> String {
        let id: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("=_{of}{}", &id[..id.len().min(60)])
    }
}

impl Attachment {
    fn part(&self) -> Result<SinglePart, MailError> {
        let kind = ContentType::parse(&self.content_type).map_err(|error| MailError::Parts(error.to_string()))?;
        let disposition = header::ContentDisposition::attachment(&one_line(&self.name));
        let builder = SinglePart::builder().header(disposition).content_type(kind);
        Ok(builder.body(quoted_printable(&self.content)))
    }
}

/// Quoted-printable at all times: text of any language stays readable in the source, and no line is too long.
fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().content_type(kind).body(quoted_printable(text))
}

fn quoted_printable(text: &str) -> Body {
    let encoding = header::ContentTransferEncoding::QuotedPrintable;
    Body::new_with_encoding(text.to_owned(), encoding).expect("every text can be written in quoted-printable")
}

/// A header is one line, whatever a name in it holds.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let trimmed = clean.trim();
    trimmed.chars().take(MAX_HEADER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            message_id: "<20261121220000.7.abc@tocsin.example>".to_owned(),
            date: Timestamp(1_795_298_400_000_000),
            from: Mailbox {
                name: "Tocsin, \"the\" bell".to_owned(),
                address: "alerts@tocsin.example".to_owned(),
            },
            to: Mailbox::of("reader@tocsin.example"),
            reply_to: None,
            subject: "WEB-1 - naïve\r\nBcc: all@tocsin.example".to_owned(),
            text: format!("Zeile äöü\n.\n{}\n", "long ".repeat(400)),
            html: Some("<p>äöü</p>".to_owned()),
            headers: vec![("List-Id".to_owned(), "<web.acme.tocsin.example>".to_owned())],
            attachments: Vec::new(),
        }
    }

    #[test]
    fn the_same_parts_make_the_same_bytes() {
        let mail = mail();
        let bytes = mail.to_bytes().unwrap();
        let again: Mail = serde_json::from_str(&serde_json::to_string(&mail).unwrap()).unwrap();
        assert_eq!(again.to_bytes().unwrap(), bytes);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_ascii());
        assert!(text.lines().all(|line| line.len() <= 998), "{text}");
        for line in [
            "Message-ID: <20261121220000.7.abc@tocsin.example>",
            // Tocsin, "the" bell
            "From: =?utf-8?b?VG9jc2luLCAidGhlIiBiZWxs?= <alerts@tocsin.example>",
            "To: reader@tocsin.example",
            "List-Id: <web.acme.tocsin.example>",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_line_break_makes_no_header() {
        let text = String::from_utf8(mail().to_bytes().unwrap()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        let mut wrong = mail();
        wrong.headers.push(("X: y\r\nBcc".to_owned(), "x".to_owned()));
        assert_eq!(wrong.to_bytes(), Err(MailError::Header("X: y\r\nBcc".to_owned())));
        wrong.headers = vec![("X-Tag".to_owned(), "a\r\nBcc: b".to_owned())];
        let text = String::from_utf8(wrong.to_bytes().unwrap()).unwrap();
        assert!(!text.contains("\r\nBcc"), "{text}");
    }

    #[test]
    fn mailboxes_are_read() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = Mailbox::parse(text);
            let found = found
                .as_ref()
                .map(|found| (found.name.as_str(), found.address.as_str()));
            assert_eq!(found, expected, "{text}");
        };
        check("a@b.example", Some(("", "a@b.example")));
        check(" The Bell <a@b.example> ", Some(("The Bell", "a@b.example")));
        check("\"The, Bell\" <a@b.example>", Some(("The, Bell", "a@b.example")));
        check("root@localhost", Some(("", "root@localhost")));
        for wrong in ["", "a", "a@", "@b", "x <a>", "a b@c"] {
            check(wrong, None);
        }
    }
}
