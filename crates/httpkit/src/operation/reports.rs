//! Errors of reports about what was told, as answers.

use services::{alert_metrics::FalseAlarmError, reports::SendError};

use super::sentence;
use crate::ApiError;

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NoAddress | SendError::Refused(_) => Self::field("address", sentence(&error)),
            SendError::Discover(error) => error.into(),
            SendError::Store(error) => error.into(),
        }
    }
}

impl From<FalseAlarmError> for ApiError {
    fn from(error: FalseAlarmError) -> Self {
        match error {
            FalseAlarmError::NotFound => Self::not_found(),
            FalseAlarmError::Store(error) => error.into(),
        }
    }
}
