//! E-mail: a mail is stored as its parts, from which the same bytes are made at each attempt, and goes out by SMTP.

mod channel; // the channel of deliveries,
mod dialogue; // what was said to a server and by it,
mod mail; // the parts of a mail, and the bytes they make
mod smtp; // one conversation with a server,
mod verdict; // and whom a no of it is about

pub use channel::{EmailChannel, MailServer, SmtpSource, Sourcing};
pub use dialogue::{Dialogue, Line, Side};
pub use mail::{Attachment, Mail, MailError, Mailbox, is_address};
pub use smtp::{Encryption, Smtp, SmtpError, SmtpUrlError, send};
