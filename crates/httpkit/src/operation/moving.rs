//! Of merging issues, and of releases.

use services::{
    issues::{MergeError, UnmergeError},
    releases::ReleaseError,
};

use super::sentence;
use crate::{ApiError, ErrorKind};

impl From<MergeError> for ApiError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::TooFew | MergeError::SeveralProjects | MergeError::Feedback => {
                Self::bad_request(sentence(&error))
            }
            MergeError::Busy | MergeError::Gone => Self::new(ErrorKind::Conflict, sentence(&error)),
            MergeError::Store(error) => error.into(),
        }
    }
}

impl From<UnmergeError> for ApiError {
    fn from(error: UnmergeError) -> Self {
        match error {
            UnmergeError::NothingLeft => Self::bad_request(sentence(&error)),
            // Sentry says so of hashes that are on their way to another issue.
            UnmergeError::NoHash | UnmergeError::Busy => Self::new(ErrorKind::Conflict, sentence(&error)),
            UnmergeError::Gone => Self::not_found(),
            UnmergeError::Store(error) => error.into(),
        }
    }
}

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Version => Self::field("version", sentence(&error)),
            ReleaseError::NoProject => Self::field("projects", sentence(&error)),
            ReleaseError::IsReferenced => Self::bad_request(sentence(&error)),
            ReleaseError::Store(error) => error.into(),
        }
    }
}
