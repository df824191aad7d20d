//! Of users, their tokens and their sessions.

use services::{
    browser_sessions::SudoError,
    second_factor::SecondFactorError,
    tokens::{AuthenticateError, CreateTokenError, OrganizationTokenError, RenameTokenError},
    users::{
        AccountError, ChangePasswordError, CreateUserError, EmailError, ProfileError, RecoveryError, RegisterError,
        TooManyAttempts,
    },
};

use super::sentence;
use crate::{ApiError, ErrorKind};

impl From<AuthenticateError> for ApiError {
    fn from(error: AuthenticateError) -> Self {
        let refused = |detail: &str| Self::new(ErrorKind::Unauthenticated, detail);
        match error {
            AuthenticateError::Unknown => refused("Invalid token"),
            AuthenticateError::Expired => refused("Token expired"),
            AuthenticateError::Inactive => refused("User inactive or deleted"),
            AuthenticateError::InactiveApplication => refused("Application inactive"),
            AuthenticateError::ForeignOrigin => Self::forbidden(sentence(&error)),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<CreateTokenError> for ApiError {
    fn from(error: CreateTokenError) -> Self {
        match error {
            CreateTokenError::NoScope => Self::field("scopes", sentence(&error)),
            CreateTokenError::NameTooLong => Self::field("name", sentence(&error)),
            CreateTokenError::InThePast => Self::field("expires", sentence(&error)),
            CreateTokenError::TooMany => Self::field("non_field_errors", sentence(&error)),
            CreateTokenError::Store(error) => Self::internal(error),
        }
    }
}

impl From<RenameTokenError> for ApiError {
    fn from(error: RenameTokenError) -> Self {
        match error {
            RenameTokenError::NoName | RenameTokenError::NameTooLong => Self::field("name", sentence(&error)),
            RenameTokenError::Gone => Self::not_found(),
            RenameTokenError::Store(error) => Self::internal(error),
        }
    }
}

impl From<OrganizationTokenError> for ApiError {
    fn from(error: OrganizationTokenError) -> Self {
        match error {
            OrganizationTokenError::NoName | OrganizationTokenError::NameTooLong => {
                Self::field("name", sentence(&error))
            }
            OrganizationTokenError::InThePast => Self::field("expires", sentence(&error)),
            OrganizationTokenError::TooMany => Self::field("non_field_errors", sentence(&error)),
            OrganizationTokenError::Gone => Self::not_found(),
            OrganizationTokenError::Store(error) => Self::internal(error),
        }
    }
}

impl From<TooManyAttempts> for ApiError {
    fn from(error: TooManyAttempts) -> Self {
        Self::new(ErrorKind::TooManyRequests, sentence(&error))
    }
}

impl From<CreateUserError> for ApiError {
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::InvalidEmail(_) => Self::field(
                "email",
                format_args!("Enter a whole address, such as you@example.com: {error}."),
            ),
            CreateUserError::Exists(_) | CreateUserError::NotFirst => Self::field("email", sentence(&error)),
            CreateUserError::NameTooLong => Self::field("name", sentence(&error)),
            CreateUserError::Password(error) => {
                Self::field("password", format_args!("Choose another password: {error}."))
            }
            CreateUserError::Store(error) => Self::internal(error),
        }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Closed => Self::not_found(),
            RegisterError::TooMany(error) => error.into(),
            RegisterError::Create(error) => error.into(),
            RegisterError::Store(error) => Self::internal(error),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NoUser(_) => Self::not_found(),
            AccountError::LastSuperuser => Self::conflict("permission", sentence(&error)),
            AccountError::Create(error) => error.into(),
            AccountError::Password(_) => Self::field("password", sentence(&error)),
            AccountError::Store(error) => Self::internal(error),
        }
    }
}

impl From<ProfileError> for ApiError {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::NameTooLong => Self::field("name", sentence(&error)),
            ProfileError::NoTimeZone(_) => Self::field("timezone", sentence(&error)),
            ProfileError::Store(error) => Self::internal(error),
        }
    }
}

impl From<ChangePasswordError> for ApiError {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::WrongPassword | ChangePasswordError::TooMany(_) => {
                Self::field("old", sentence(&error))
            }
            ChangePasswordError::Password(_) => Self::field("new", sentence(&error)),
            ChangePasswordError::Store(error) => Self::internal(error),
        }
    }
}

impl From<EmailError> for ApiError {
    fn from(error: EmailError) -> Self {
        match error {
            EmailError::Gone => Self::not_found(),
            EmailError::Access(error) => error.into(),
            EmailError::TooManyMails(error) => error.into(),
            EmailError::Store(error) => Self::internal(error),
            error => Self::field("email", sentence(&error)),
        }
    }
}

impl From<RecoveryError> for ApiError {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::Gone => Self::not_found(),
            RecoveryError::TooMany(error) => error.into(),
            RecoveryError::Password(error) => Self::field("password", sentence(&error)),
            RecoveryError::Store(error) => Self::internal(error),
        }
    }
}

impl From<SudoError> for ApiError {
    fn from(error: SudoError) -> Self {
        match error {
            SudoError::WrongPassword | SudoError::TooMany(_) | SudoError::Password(_) => {
                Self::field("password", sentence(&error))
            }
            SudoError::NotAllowed => Self::forbidden(sentence(&error)),
            SudoError::Store(error) => Self::internal(error),
        }
    }
}

impl From<SecondFactorError> for ApiError {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::WrongCode | SecondFactorError::TooMany(_) => Self::field("code", sentence(&error)),
            SecondFactorError::Exists | SecondFactorError::None => Self::conflict("code", sentence(&error)),
            SecondFactorError::Access(error) => error.into(),
            SecondFactorError::Sealed => Self::internal(error),
            SecondFactorError::Store(error) => Self::internal(error),
        }
    }
}
