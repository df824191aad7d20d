//! Mails to people: what each kind of notification says by mail, how answers and bounces come back, and the outbox.
//!
//! A mail is a delivery of the channel `email` (see [`crate::notifications`]); its parts are put together once, before
//! the first attempt. Start at [`compose()`].

mod account; // mails about accounts, written where they are caused
pub mod addresses; // addresses that are no user's
mod bounces; // addresses that no longer take mails
mod compose; // from a delivery to a mail:
pub mod letter; // what it says, as text and as HTML,
mod links; // how it is ended,
mod outbox; // and what became of it
mod parcel; // to whom it goes and what it answers,
mod preview; // what each kind looks like
mod replies; // answers that become comments
mod settings; // the server that takes them
mod source; // what it tells of,
mod templates; // in whose words

mod kinds;

pub use account::write;
pub use account::{NewMail, Reason};
pub use addresses::{Refusal, Use, check as check_address};
pub use bounces::{flagged, forgive, settled};
pub use compose::compose;
pub use integrations::email::{Dialogue, Line, Side};
pub use links::{Ended, end as unsubscribe, look as look_at_unsubscribing, revoke as revoke_links};
pub use outbox::{Outgoing, ReleaseMails, list, list_in, read, resend, waiting};
pub use preview::{Preview, previews};
pub use replies::{Reply, ReplyError, reply};
pub use settings::{MailConfig, SettingsError, SmtpOfApp, Tested, UrlError, config, of_settings, save, test};
pub use templates::{MailSettings, Sampled, of as settings_of, save as save_settings, try_template};
