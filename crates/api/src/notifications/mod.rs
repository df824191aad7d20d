//! What people want to be told of: settings of users and teams, their rules, browsers, and actions of organizations.

mod actions; // of organizations
mod details; // Sentry's older form of what users set
mod options; // answers to types, in scopes
mod preferences; // toggles, caps, quiet hours
mod push; // browsers
mod rules; // of users and teams

pub(crate) use actions::{
    create as create_action, delete as delete_action, list as list_actions, list_available as list_available_actions,
    show as show_action, update as update_action,
};
pub(crate) use details::{show as show_details, show_all as show_all_details, update, update_all as update_details};
pub(crate) use options::{
    list as list_options, list_of_team as list_options_of_team, list_providers, remove as remove_option,
    remove_of_team as remove_option_of_team, set as set_option, set_of_team as set_option_of_team, set_providers,
    set_providers_of_team,
};
pub(crate) use preferences::{revoke_mail_links, show as show_preferences, update as update_preferences};
pub(crate) use push::{list as list_browsers, subscribe, unsubscribe};
pub(crate) use rules::{
    remove_of_team as remove_team_rule, remove_own as remove_own_rule, set_of_team as set_team_rule,
    set_own as set_own_rule, show_of_team as show_team_rule, show_own as show_own_rule,
};

use httpkit::{ApiError, PathParams};
use services::Actor;
use store::users::User;

/// The user of a path, who is the one that asks: nobody says for others what they want to know.
fn own<'a>(actor: &'a Actor, path: &PathParams) -> Result<&'a User, ApiError> {
    let user = actor.user().ok_or_else(ApiError::not_found)?;
    let named = path.get("user").unwrap_or("me");
    let is_own = named == "me" || named.parse() == Ok(user.id);
    if is_own { Ok(user) } else { Err(ApiError::not_found()) }
}
