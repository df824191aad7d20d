//! Of what people do around issues.

use services::issues::{comments::CommentError, links::LinkError, views::ViewError};

use super::sentence;
use crate::ApiError;

impl From<CommentError> for ApiError {
    fn from(error: CommentError) -> Self {
        match error {
            CommentError::Blank | CommentError::TooLong => Self::field("text", sentence(&error)),
            CommentError::TooManyMentions | CommentError::NotASeer(_) | CommentError::NotATeam(_) => {
                Self::field("mentions", sentence(&error))
            }
            CommentError::Twice => Self::bad_request(sentence(&error)),
            CommentError::Nobody | CommentError::NotYours => Self::forbidden(sentence(&error)),
            CommentError::Gone => Self::not_found(),
            CommentError::Store(error) => error.into(),
        }
    }
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Service => Self::field("serviceType", sentence(&error)),
            LinkError::Name => Self::field("displayName", sentence(&error)),
            LinkError::Url => Self::field("webUrl", sentence(&error)),
            LinkError::Exists => Self::conflict("displayName", sentence(&error)),
            LinkError::TooMany => Self::bad_request(sentence(&error)),
            LinkError::Gone => Self::not_found(),
            LinkError::Store(error) => error.into(),
        }
    }
}

impl From<ViewError> for ApiError {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::NoName | ViewError::NameTooLong => Self::field("name", sentence(&error)),
            ViewError::QueryTooLong | ViewError::Query(_) => Self::field("query", sentence(&error)),
            ViewError::Sort(_) => Self::field("querySort", sentence(&error)),
            ViewError::NoProject(_) => Self::field("projects", sentence(&error)),
            ViewError::TooMany | ViewError::TooManyStarred => Self::bad_request(sentence(&error)),
            ViewError::NotYours | ViewError::Nobody => Self::forbidden(sentence(&error)),
            ViewError::Gone => Self::not_found(),
            ViewError::Store(error) => error.into(),
        }
    }
}
