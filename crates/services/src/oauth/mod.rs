//! Applications that act for users (RFC 6749): a user makes one, other users let it in with some scopes, and it fetches
//! tokens with the code that it is sent. The tokens are those of `tokens`, and end; each comes with another by which a new
//! pair is fetched in its place.

mod address;
mod scope;

mod applications; // what an application is,
mod consent; // how a user lets it in,
mod exchange; // how it gets its tokens,
mod proof; // and proves that it asked for them,

mod authorizations; // what a user has allowed,
mod identity; // and what it may know of the user

pub use applications::{
    ApplicationChange, ApplicationError, NewApplication, create, delete, get, is_origin_listed, list, rotate_secret,
    update,
};
pub use authorizations::{Allowed, list_authorizations, revoke};
pub use consent::{AuthorizationRequest, Consent, ConsentError, Returned, allow, check, deny};
pub use exchange::{ACCESS_LIFETIME, Credentials, FetchedTokens, GRANT_LIFETIME, Offer, TokenError, fetch};
pub use identity::{IdentityError, UserInfo, user_info};
pub use scope::{GrantScope, UnknownScope};
