//! People who can sign in: how they come to be, how they sign in, and what belongs to them alone.

mod accounts;
pub(crate) mod attempts;
mod create;
mod emails;
mod profile;
mod recovery;
mod registration;
mod sign_in;

pub use accounts::{
    AccountError, FoundUser, NewAccount, add_permission, create_account, get_for_administrator, permissions,
    permissions_of, promote, remove_permission, search, set_active, set_password_of,
};
pub use attempts::TooManyAttempts;
pub use create::{CreateUserError, NewUser, create_first, get_or_create, none_exists};
pub(crate) use create::{ensure_member, insert, normalized, prepare};
pub(crate) use emails::count_mail;
pub use emails::{
    EmailError, add_email, confirm_email, delete_email, list_emails, send_confirmation, set_primary_email,
};
pub(crate) use profile::tell;
pub use profile::{ChangePasswordError, PasswordChange, ProfileChange, ProfileError, change_password, change_profile};
pub use recovery::{RecoveryError, is_recovery_link, recover, request_recovery, send_recovery};
pub use registration::{RegisterError, is_registration_open, register};
pub use sign_in::{FirstStep, SecondStep, SignInError, sign_in, sign_in_with_code};
pub(crate) use sign_in::{PasswordCheckError, is_password};
