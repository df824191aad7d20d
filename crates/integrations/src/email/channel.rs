use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde::Deserialize as _;

use super::{Dialogue, Mail, Smtp, SmtpError, smtp};
use crate::{Channel, Outgoing, Receipt, Retry, SendError, Sending};

/// A server that does not answer is asked again after this time, for ever.
const PAUSE: Duration = Duration::from_secs(300);

pub type Sourcing<'a> = Pin<Box<dyn Future<Output = Result<MailServer, String>> + Send + 'a>>;

/// Where mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailServer {
    NotSet,
    /// Into the log.
    Console,
    /// Nowhere.
    Dummy,
    Smtp(Smtp),
}

/// Knows the server that holds now: settings change while the process runs.
pub trait SmtpSource: std::fmt::Debug + Send + Sync {
    fn server(&self) -> Sourcing<'_>;
}

/// Sends mails. The content of a delivery is a [`Mail`], which names its recipient itself.
#[derive(Debug, Clone)]
pub struct EmailChannel {
    source: Arc<dyn SmtpSource>,
}

impl EmailChannel {
    pub const SLUG: &'static str = "email";

    pub fn new(source: Arc<dyn SmtpSource>) -> Self {
        Self { source }
    }

    async fn deliver(&self, outgoing: &Outgoing) -> Result<Receipt, SendError> {
        let mail = Mail::deserialize(&outgoing.content);
        let mail = mail.map_err(|error| SendError::rejected(format!("what is stored is not a mail: {error}")))?;
        let server = self.source.server().await.map_err(SendError::retry)?;
        let smtp = match server {
            MailServer::Smtp(smtp) => smtp,
            MailServer::NotSet => {
                return Err(SendError::NotSetUp {
                    answer: "no mail server is set".to_owned(),
                });
            }
            MailServer::Console | MailServer::Dummy => {
                if server == MailServer::Console {
                    tracing::info!(mail.to = mail.to.address, mail.subject = mail.subject, "{}", mail.text);
                }
                return Ok(Receipt {
                    answer: "not sent: the backend is console or dummy".to_owned(),
                });
            }
        };
        let mut dialogue = Dialogue::default();
        match smtp::send(&smtp, &mail, &mut dialogue).await {
            Ok(answer) => {
                tracing::info!(
                    mail.message_id = mail.message_id,
                    delivery.id = outgoing.delivery.0,
                    "a mail was sent"
                );
                Ok(Receipt { answer })
            }
            Err(SmtpError::Transport(answer)) => Err(SendError::Retry { answer, after: None }),
            Err(SmtpError::Refused(answer)) => Err(SendError::Refused { answer }),
            Err(SmtpError::Rejected(answer)) => Err(SendError::Rejected { answer }),
            Err(error @ SmtpError::Mail(_)) => Err(SendError::rejected(error)),
            Err(SmtpError::Lost(answer)) => Err(SendError::Lost { answer }),
        }
    }
}

impl Channel for EmailChannel {
    fn slug(&self) -> &'static str {
        Self::SLUG
    }

    fn policy(&self) -> Retry {
        Retry::every(PAUSE)
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.deliver(outgoing))
    }
}
