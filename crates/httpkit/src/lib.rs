//! What the HTTP crates share: who asks and what they may (the extractors), the table of routes, how an error becomes an answer, paging,
//! cookies and CSRF. Stays out: routes, what an operation does, how a page looks.

mod access;
mod authentication;
mod client;
mod cookie;
mod cors;
mod csrf;
mod cursor;
pub mod download;
mod error;
mod instance;
mod limits;
mod operation;
mod path;
mod routes;

pub use access::{IssueAccess, Needs, OrganizationAccess, ProjectAccess, TeamAccess, UserAccess, scopes};
pub use authentication::{ApiActor, BearerToken, Browser, MaybeBrowser};
pub use client::{FormSender, ReachedBy, client_address};
pub use cookie::{SESSION_COOKIE, TRUSTED_COOKIE, clear_session_cookie, cookie, session_cookie, trusted_cookie};
pub use csrf::{CSRF_FIELD, CSRF_HEADER, CsrfForm};
pub use cursor::{Cursor, CursorError, Direction, Links};
pub use error::{ApiError, ErrorKind, NextStep, OauthCode, TextPlace};
pub use instance::{InstanceAccess, NeedsInstance, instance_permissions};
pub use limits::around_api;
pub use path::PathParams;
pub use routes::{Argument, Arguments, Guard, Place, Route, Routes, Surface};
