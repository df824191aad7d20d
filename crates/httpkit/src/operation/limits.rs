//! Of pictures, options and limits.

use services::{avatars::AvatarError, options::OptionError};

use super::sentence;
use crate::{ApiError, ErrorKind};

impl From<AvatarError> for ApiError {
    fn from(error: AvatarError) -> Self {
        match error {
            AvatarError::TooLarge => Self {
                kind: ErrorKind::TooLarge,
                ..Self::field("avatar_photo", sentence(&error))
            },
            AvatarError::NotBase64 | AvatarError::NoPicture | AvatarError::Picture(_) => {
                Self::field("avatar_photo", sentence(&error))
            }
            AvatarError::NoGravatar | AvatarError::NoGravatarOfOrganization => {
                Self::field("avatar_type", sentence(&error))
            }
            AvatarError::Absent => Self::not_found(),
            AvatarError::Store(error) => error.into(),
        }
    }
}

impl ApiError {
    /// An option that cannot be set so, by its name.
    pub fn of_option(name: &str, error: OptionError) -> Self {
        match error {
            OptionError::Store(error) => error.into(),
            OptionError::Drift { .. }
            | OptionError::Immutable
            | OptionError::Invalid(_)
            | OptionError::LockedByFile
            | OptionError::NoStore
            | OptionError::NotByAdministrators
            | OptionError::NotHere
            | OptionError::Required => Self::field(name, sentence(&error)),
        }
    }
}
