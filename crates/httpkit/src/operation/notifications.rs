//! Errors of what people want to be told of, as answers.

use services::notifications::{
    actions::ActionError,
    addresses::AddressError,
    preferences::PreferencesError,
    push::PushError,
    rules::{personal::PersonalRuleError, team::TeamRuleError},
    settings::SettingError,
};

use super::sentence;
use crate::ApiError;

impl From<SettingError> for ApiError {
    fn from(error: SettingError) -> Self {
        match error {
            SettingError::UnknownType(_) => Self::field("type", sentence(&error)),
            SettingError::NotAnAnswer { .. } => Self::field("value", sentence(&error)),
            SettingError::UnknownProvider(_) => Self::field("providers", sentence(&error)),
            SettingError::UnknownScope => Self::field("scopeIdentifier", sentence(&error)),
            SettingError::Gone => Self::not_found(),
            SettingError::Access(error) => error.into(),
            SettingError::Store(error) => error.into(),
        }
    }
}

impl From<PreferencesError> for ApiError {
    fn from(error: PreferencesError) -> Self {
        match error {
            PreferencesError::Cap => Self::field("hourlyCap", sentence(&error)),
            PreferencesError::QuietHours => Self::field("quietHours", sentence(&error)),
            PreferencesError::Store(error) => error.into(),
        }
    }
}

impl From<AddressError> for ApiError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::NotVerified(_) => Self::field("email", sentence(&error)),
            AddressError::NoUser => Self::not_found(),
            AddressError::Store(error) => error.into(),
        }
    }
}

impl From<PersonalRuleError> for ApiError {
    fn from(error: PersonalRuleError) -> Self {
        match error {
            PersonalRuleError::NoWay => Self::field("by", sentence(&error)),
            PersonalRuleError::TooMany => Self::bad_request(sentence(&error)),
            PersonalRuleError::Gone | PersonalRuleError::NoUser => Self::not_found(),
            PersonalRuleError::Store(error) => error.into(),
        }
    }
}

impl From<TeamRuleError> for ApiError {
    fn from(error: TeamRuleError) -> Self {
        match error {
            TeamRuleError::Invalid(_) => Self::field("deliveries", sentence(&error)),
            TeamRuleError::Gone => Self::not_found(),
            TeamRuleError::Store(error) => error.into(),
        }
    }
}

impl From<PushError> for ApiError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Invalid(_) => Self::field("endpoint", sentence(&error)),
            PushError::TooMany => Self::bad_request(sentence(&error)),
            PushError::Gone => Self::not_found(),
            PushError::Store(error) => error.into(),
        }
    }
}

impl From<ActionError> for ApiError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Invalid(field, message) => Self::field(field, message),
            ActionError::Access(error) => error.into(),
            ActionError::Store(error) => error.into(),
        }
    }
}
