//! What the HTTP crates share: who asks and what they may (the extractors), how an error becomes an answer, paging,
//! cookies and CSRF. Stays out: routes, what an operation does, how a page looks.

mod access;
mod authentication;
mod cookie;
mod csrf;
mod cursor;
pub mod download;
mod error;
mod operation;
mod path;

pub use access::{IssueAccess, Needs, OrganizationAccess, ProjectAccess, scopes};
pub use authentication::{ApiActor, Browser, MaybeBrowser};
pub use cookie::{SESSION_COOKIE, clear_session_cookie, cookie, session_cookie};
pub use csrf::{CSRF_FIELD, CSRF_HEADER, CsrfForm};
pub use cursor::{Cursor, CursorError, Direction, Links};
pub use error::{ApiError, ErrorKind, TextPlace};
pub use path::PathParams;
