//! What people want to be told of.

use httpkit::Routes;

use super::{ORGANIZATION, PROJECT, TEAM};
use crate::notifications;

pub(super) fn routes() -> Routes {
    let user = |path: &str| format!("/api/0/users/{{user}}{path}");
    let team = |path: &str| format!("{TEAM}{path}");
    let action = format!("{ORGANIZATION}/notifications/actions/{{action}}/");
    let own_rule = format!("{PROJECT}/users/me/notification-rule/");
    Routes::api()
        .get(user("/notification-options/"), notifications::list_options)
        .put(user("/notification-options/"), notifications::set_option)
        .delete(user("/notification-options/{option}/"), notifications::remove_option)
        .get(user("/notification-preferences/"), notifications::show_preferences)
        .put(user("/notification-preferences/"), notifications::update_preferences)
        .get(user("/notification-providers/"), notifications::list_providers)
        .put(user("/notification-providers/"), notifications::set_providers)
        .get(user("/notifications/"), notifications::show_all_details)
        .put(user("/notifications/"), notifications::update_details)
        .get(user("/notifications/{key}/"), notifications::show_details)
        .put(user("/notifications/{key}/"), notifications::update)
        .delete(user("/mail-links/"), notifications::revoke_mail_links)
        .get(user("/push-subscriptions/"), notifications::list_browsers)
        .post(user("/push-subscriptions/"), notifications::subscribe)
        .delete(user("/push-subscriptions/{subscription}/"), notifications::unsubscribe)
        .get(team("/notification-options/"), notifications::list_options_of_team)
        .put(team("/notification-options/"), notifications::set_option_of_team)
        .delete(
            team("/notification-options/{option}/"),
            notifications::remove_option_of_team,
        )
        .put(team("/notification-providers/"), notifications::set_providers_of_team)
        .get(team("/notification-rule/"), notifications::show_team_rule)
        .put(team("/notification-rule/"), notifications::set_team_rule)
        .delete(team("/notification-rule/"), notifications::remove_team_rule)
        .get(&own_rule, notifications::show_own_rule)
        .put(&own_rule, notifications::set_own_rule)
        .delete(&own_rule, notifications::remove_own_rule)
        .get(
            format!("{ORGANIZATION}/notifications/available-actions/"),
            notifications::list_available_actions,
        )
        .get(
            format!("{ORGANIZATION}/notifications/actions/"),
            notifications::list_actions,
        )
        .post(
            format!("{ORGANIZATION}/notifications/actions/"),
            notifications::create_action,
        )
        .get(&action, notifications::show_action)
        .put(&action, notifications::update_action)
        .delete(&action, notifications::delete_action)
}
