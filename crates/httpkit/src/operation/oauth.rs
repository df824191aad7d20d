//! Of applications that act for users.

use services::oauth::{ApplicationError, ConsentError, IdentityError, TokenError};

use super::sentence;
use crate::{ApiError, OauthCode};

impl From<ApplicationError> for ApiError {
    fn from(error: ApplicationError) -> Self {
        let text = sentence(&error);
        match error {
            ApplicationError::NoName | ApplicationError::NameTooLong => Self::field("name", text),
            ApplicationError::RedirectUri(_) => Self::field("redirectUris", text),
            ApplicationError::Origin(_) => Self::field("allowedOrigins", text),
            ApplicationError::Page { field, .. } | ApplicationError::TooManyAddresses { field } => {
                Self::field(field, text)
            }
            ApplicationError::TooMany => Self::field("non_field_errors", text),
            ApplicationError::Gone => Self::not_found(),
            ApplicationError::Store(error) => error.into(),
        }
    }
}

impl From<ConsentError> for ApiError {
    fn from(error: ConsentError) -> Self {
        match error {
            ConsentError::Store(error) => error.into(),
            error => Self::bad_request(sentence(&error)),
        }
    }
}

impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        let text = error.to_string();
        match error {
            TokenError::InvalidClient => Self::oauth(OauthCode::InvalidClient, text),
            TokenError::InvalidGrant => Self::oauth(OauthCode::InvalidGrant, text),
            TokenError::TooMany(error) => Self::too_many(sentence(&error), error.0),
            TokenError::Store(error) => error.into(),
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::NoScope => Self::forbidden(sentence(&error)),
            IdentityError::Authenticate(error) => error.into(),
            IdentityError::Store(error) => error.into(),
        }
    }
}
