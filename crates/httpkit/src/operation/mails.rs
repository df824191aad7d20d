//! Errors of mail addresses, as answers.

use services::mails::addresses::AddressError;

use super::sentence;
use crate::{ApiError, ErrorKind};

impl From<AddressError> for ApiError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Gone => Self::not_found(),
            AddressError::TooOften(_) => Self::new(ErrorKind::TooManyRequests, sentence(&error)),
            AddressError::Store(error) => error.into(),
            AddressError::Exists | AddressError::Invalid | AddressError::TooMany => {
                Self::field("address", sentence(&error))
            }
        }
    }
}
