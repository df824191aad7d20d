//! Every address of a page and what answers it. `urls` makes the links to them.

use axum::{extract::DefaultBodyLimit, middleware};
use http::Method;
use httpkit::Routes;

use crate::{
    account::{emails, notifications, profile, second_factor, security},
    admin, alert_reports, alert_rules, assets,
    auth::{self, confirm, first_run, login, password, recover, register},
    discover, errors, events, home, incidents,
    invitations::{accept, join, transfer},
    issues::{self, actions, event_texts},
    mails, metric_alerts,
    oauth::{applications, authorizations, consent},
    preferences,
    projects::{self, create, getting_started, settings as project_settings},
    search_bar, settings, stats, tokens, urls,
};

/// Forms hold a few lines; a list of a thousand selected issues is the largest.
const MAX_FORM_BYTES: usize = 256 * 1024;

/// Those of settings hold texts of rules, of which each has a bound of its own.
const MAX_SETTINGS_BYTES: usize = 4 * 1024 * 1024;

/// Why these are open to everybody.
const SIGN_IN: &str = "nobody is signed in yet";
const FIRST_RUN: &str = "there is no user yet, which the page makes sure of";
const BY_LINK: &str = "whoever knows the link of a shared issue may read it: it names a random key";
const IN_MAIL: &str = "the secret in the link, which was sent by mail, suffices";
const REGISTRATION: &str = "an administrator opened it to everybody, which the page makes sure of";
const INVITATION: &str = "whoever has the link of an invitation may accept it";
const TO_JOIN: &str = "asked by people who have no account, where the organization lets them";
const ASSETS: &str = "files that are the same for everybody";

/// All pages, and the answer for paths that nobody has.
pub fn routes() -> Routes {
    Routes::pages()
        .open(
            Method::GET,
            urls::HOME,
            "leads to the sign-in or to the first organization",
            home::show,
        )
        .open(Method::GET, urls::LOGIN, SIGN_IN, login::show)
        .open(Method::POST, urls::LOGIN, SIGN_IN, login::sign_in)
        .form(urls::LOGOUT, login::sign_out)
        .open(Method::GET, urls::FIRST_RUN, FIRST_RUN, first_run::show)
        .open(Method::POST, urls::FIRST_RUN, FIRST_RUN, first_run::create)
        .form(urls::PREFERENCES, preferences::save)
        .get(urls::TOKENS, tokens::show)
        .form(urls::TOKENS, tokens::create)
        .form(format!("{}{{token}}/rename/", urls::TOKENS), tokens::rename)
        .form(format!("{}{{token}}/revoke/", urls::TOKENS), tokens::revoke)
        .form(urls::REVOKE_ALL_TOKENS, tokens::revoke_all)
        .merge(oauth_routes())
        .merge(auth_routes())
        .merge(invitation_routes())
        .merge(mail_routes())
        .merge(account_routes())
        .merge(admin_routes())
        .merge(issue_routes())
        .open(Method::GET, "/share/issue/{share}/", BY_LINK, issues::share::show)
        .merge(event_routes())
        .merge(discover_routes())
        .merge(alert_report_routes())
        .merge(alert_rule_routes())
        .merge(metric_alert_routes())
        .merge(project_routes())
        .merge(project_settings_routes())
        .merge(organization_routes())
        .open(Method::GET, "/assets/{name}", ASSETS, assets::serve)
        .open(Method::GET, "/favicon.ico", ASSETS, assets::favicon)
        .around(|router| {
            router
                .fallback(errors::not_found)
                .method_not_allowed_fallback(errors::not_found)
                .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
                .layer(middleware::from_fn(errors::around))
        })
}

fn auth_routes() -> Routes {
    let confirm_path = "/auth/confirm/{secret}/";
    let recover_path = format!("{}{{secret}}/", urls::RECOVER);
    Routes::pages()
        .open(Method::POST, urls::CODE, SIGN_IN, auth::check_code)
        .open(Method::GET, urls::RECOVER, SIGN_IN, recover::show)
        .open(Method::POST, urls::RECOVER, SIGN_IN, recover::send)
        .open(Method::GET, &recover_path, IN_MAIL, recover::show_link)
        .open(Method::POST, &recover_path, IN_MAIL, recover::recover)
        .open(Method::GET, confirm_path, IN_MAIL, confirm::show)
        .open(Method::POST, confirm_path, IN_MAIL, confirm::confirm)
        .open(Method::GET, urls::REGISTER, REGISTRATION, register::show)
        .open(Method::POST, urls::REGISTER, REGISTRATION, register::register)
        .get(urls::SUDO, password::show_sudo)
        .form(urls::SUDO, password::give)
        .get(urls::SUPERUSER, password::show_superuser)
        .form(urls::SUPERUSER, password::enter)
        .form(urls::LEAVE_SUPERUSER, password::leave)
}

/// Applications that act for users.
fn oauth_routes() -> Routes {
    let application = format!("{}{{application}}/", urls::APPLICATIONS);
    Routes::pages()
        .get(urls::APPLICATIONS, applications::show)
        .form(urls::APPLICATIONS, applications::create)
        .get(&application, applications::show_one)
        .form(&application, applications::save)
        .form(format!("{application}secret/"), applications::rotate_secret)
        .form(format!("{application}delete/"), applications::delete)
        .get(urls::AUTHORIZATIONS, authorizations::show)
        .form(
            format!("{}{{authorization}}/revoke/", urls::AUTHORIZATIONS),
            authorizations::revoke,
        )
        .get(urls::AUTHORIZE, consent::show)
        .form(urls::AUTHORIZE, consent::decide)
}

/// What links in mails lead to.
fn mail_routes() -> Routes {
    let (end, agree) = ("/unsubscribe/{token}/", "/confirm-address/{secret}/");
    Routes::pages()
        .open(Method::GET, end, IN_MAIL, mails::unsubscribe::show)
        .open(Method::POST, end, IN_MAIL, mails::unsubscribe::end)
        .open(Method::GET, agree, IN_MAIL, mails::agree::show)
        .open(Method::POST, agree, IN_MAIL, mails::agree::agree)
}

/// The ways into an organization.
fn invitation_routes() -> Routes {
    let (accept_path, join_path) = ("/accept/{secret}/", "/join/{organization}/");
    Routes::pages()
        .open(Method::GET, accept_path, INVITATION, accept::show)
        .form(accept_path, accept::accept)
        .open(
            Method::POST,
            "/accept/{secret}/account/",
            INVITATION,
            accept::create_account,
        )
        .open(Method::GET, join_path, TO_JOIN, join::show)
        .open(Method::POST, join_path, TO_JOIN, join::ask)
        .get("/accept-transfer/{secret}/", transfer::show)
        .form("/accept-transfer/{secret}/", transfer::accept)
        .get(urls::NEW_ORGANIZATION, settings::create::show)
        .form(urls::NEW_ORGANIZATION, settings::create::create)
}

fn account_routes() -> Routes {
    let email = |verb: &str| format!("{}{{email}}/{verb}/", urls::EMAILS);
    Routes::pages()
        .get(urls::PROFILE, profile::show)
        .form(urls::PROFILE, profile::save)
        .form(urls::EMAILS, emails::add)
        .form(email("confirm"), emails::send)
        .form(email("primary"), emails::make_primary)
        .form(email("remove"), emails::remove)
        .get(urls::SECURITY, security::show)
        .form(urls::PASSWORD, security::change_password)
        .form(urls::SESSIONS, security::end_others)
        .form(format!("{}{{session}}/end/", urls::SESSIONS), security::end)
        .get(urls::SECOND_FACTOR, second_factor::show)
        .form(urls::SECOND_FACTOR, second_factor::confirm)
        .form(format!("{}codes/", urls::SECOND_FACTOR), second_factor::renew)
        .form(format!("{}remove/", urls::SECOND_FACTOR), second_factor::remove)
        .merge(account_notifications())
}

fn account_notifications() -> Routes {
    let page = |path: &str| format!("{}{path}", urls::NOTIFICATIONS);
    Routes::pages()
        .get(urls::NOTIFICATIONS, notifications::show)
        .form(urls::NOTIFICATIONS, notifications::save)
        .form(page("scopes/"), notifications::set_scope)
        .form(page("scopes/{option}/remove/"), notifications::remove_scope)
        .form(page("rules/"), notifications::set_rule)
        .form(page("rules/{project}/remove/"), notifications::remove_rule)
        .form(page("addresses/"), notifications::set_address)
        .form(page("links/revoke/"), notifications::revoke_links)
        .form(page("browsers/"), notifications::browsers::subscribe)
        .form(page("browsers/{browser}/remove/"), notifications::browsers::remove)
        .open(Method::GET, urls::PUSH_WORKER, ASSETS, notifications::browsers::worker)
}

fn admin_routes() -> Routes {
    let user = |verb: &str| format!("{}{{user}}/{verb}", urls::ADMIN_USERS);
    let job = |verb: &str| format!("{}{{job}}/{verb}", urls::ADMIN_JOBS);
    Routes::pages()
        .get(urls::ADMIN_USERS, admin::users::show)
        .get(urls::ADMIN_NEW_USER, admin::new_user::show)
        .form(urls::ADMIN_NEW_USER, admin::new_user::create)
        .get(user(""), admin::user::show)
        .form(user("active/"), admin::user::set_active)
        .form(user("permission/"), admin::user::set_permission)
        .form(user("second-factor/"), admin::user::reset_second_factor)
        .form(user("recovery/"), admin::user::send_recovery)
        .get(urls::ADMIN_ORGANIZATIONS, admin::organizations::show)
        .get(urls::ADMIN_MAILS, admin::mails::show)
        .form(urls::ADMIN_MAIL_FORGIVE, admin::mails::forgive)
        .get(format!("{}{{mail}}/", urls::ADMIN_MAILS), admin::mail::show)
        .form(format!("{}{{mail}}/send/", urls::ADMIN_MAILS), admin::mail::send)
        .get(urls::ADMIN_MAIL, admin::mail_server::show)
        .form(urls::ADMIN_MAIL, admin::mail_server::save)
        .form(urls::ADMIN_MAIL_TEST, admin::mail_server::test)
        .get(urls::ADMIN_MAIL_PREVIEWS, admin::mail_previews::show)
        .get(
            format!("{}{{kind}}/", urls::ADMIN_MAIL_PREVIEWS),
            admin::mail_previews::show_html,
        )
        .get(urls::ADMIN_JOBS, admin::jobs::show)
        .get(job(""), admin::job::show)
        .form(job("retry/"), admin::job::retry)
        .form(job("drop/"), admin::job::discard)
        .get(urls::ADMIN_LOG, admin::log::show)
        .get(urls::ADMIN_LOG_CSV, admin::log::csv)
        .get(urls::ADMIN_SETTINGS, admin::settings::show)
        .form(urls::ADMIN_SETTINGS, admin::settings::save)
}

fn issue_routes() -> Routes {
    let at = |path: &str| format!("/organizations/{{organization}}/issues/{path}");
    Routes::pages()
        .get(at(""), issues::list::show)
        .form(at("bulk/"), actions::bulk)
        .get(at("live/"), issues::live::show)
        .get(at("views/"), issues::views::list)
        .form(at("views/"), issues::views::create)
        .get(at("views/{view}/"), issues::views::open)
        .form(at("views/{view}/save/"), issues::views::save)
        .form(at("views/{view}/delete/"), issues::views::delete)
        .form(at("views/{view}/star/"), issues::views::star)
        .get(at("{issue}/"), issues::page::show)
        .form(at("{issue}/status/"), actions::set_status)
        .form(at("{issue}/assign/"), actions::assign)
        .form(at("{issue}/change/"), actions::change)
        .form(at("{issue}/comments/"), actions::add_comment)
        .form(at("{issue}/comments/{comment}/"), actions::change_comment)
        .form(at("{issue}/comments/{comment}/delete/"), actions::delete_comment)
        .form(at("{issue}/links/"), actions::add_link)
        .form(at("{issue}/links/{link}/delete/"), actions::delete_link)
        .form(at("{issue}/delete/"), actions::delete)
        .get(at("{issue}/merged/"), issues::merged::show)
        .form(at("{issue}/unmerge/"), issues::merged::unmerge)
        .get(at("{issue}/similar/"), issues::similar::show)
        .get(at("{issue}/events/"), issues::events::show)
        .get(at("{issue}/events/{event}/"), issues::page::show_event)
        .get(at("{issue}/events/{event}/json/"), event_texts::json)
        .get(at("{issue}/events/{event}/markdown/"), event_texts::markdown)
        .get(at("{issue}/attachments/"), issues::attachments::show)
}

/// Events by their id alone, and the files that came with them.
fn event_routes() -> Routes {
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{{project}}/events/{{event}}/{path}");
    let file = |verb: &str| at(&format!("attachments/{{attachment}}/{verb}/"));
    Routes::pages()
        .get(at(""), events::page::show)
        .get(at("json/"), events::page::json)
        .get(file("download"), events::files::download)
        .get(file("view"), events::files::view)
        .form(file("delete"), events::files::delete)
}

fn discover_routes() -> Routes {
    use discover::saved;
    let at = |path: &str| format!("/organizations/{{organization}}/discover/{path}");
    Routes::pages()
        .get(at(""), discover::page::show)
        .get(at("csv/"), discover::csv::show)
        .form(at("queries/"), saved::create)
        .get(at("queries/{query}/"), saved::open)
        .form(at("queries/{query}/save/"), saved::save)
        .form(at("queries/{query}/delete/"), saved::delete)
        .get("/organizations/{organization}/search/complete/", search_bar::show)
}

fn alert_report_routes() -> Routes {
    use alert_reports::{checks, metrics, why};
    use settings::weekly_report;
    let at = |path: &str| format!("/organizations/{{organization}}/{path}");
    Routes::pages()
        .get(at("alerts/diagnostics/"), checks::show)
        .get(at("alerts/metrics/"), metrics::show)
        .get(at("alerts/why/"), why::show)
        .get(at("settings/weekly-report/"), weekly_report::show)
        .form(at("settings/weekly-report/"), weekly_report::save)
        .form(at("settings/weekly-report/send/"), weekly_report::send)
}

fn alert_rule_routes() -> Routes {
    use alert_rules::{actions, builder, list, rule};
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{{project}}/alerts/rules/{path}");
    Routes::pages()
        .get("/organizations/{organization}/alerts/", list::show)
        .get("/organizations/{organization}/alerts/new/", builder::choose)
        .get(at("new/"), builder::show_new)
        .form(at("new/"), builder::send_new)
        .form(at("preview/"), builder::show_preview)
        .get(at("{rule}/"), rule::show)
        .get(at("{rule}/edit/"), builder::show_edit)
        .form(at("{rule}/edit/"), builder::send_edit)
        .form(at("{rule}/enabled/"), actions::set_enabled)
        .form(at("{rule}/snooze/"), actions::snooze)
        .form(at("{rule}/delete/"), actions::delete)
        .form(at("{rule}/false-alarm/"), actions::set_false_alarm)
        .around(|router| router.layer(DefaultBodyLimit::max(MAX_SETTINGS_BYTES)))
}

fn metric_alert_routes() -> Routes {
    use incidents::{actions as incident_actions, incident, list};
    use metric_alerts::{actions, alert, builder};
    let at = |path: &str| format!("/organizations/{{organization}}/alerts/metric/{path}");
    let of_incident = |path: &str| format!("/organizations/{{organization}}/alerts/incidents/{path}");
    Routes::pages()
        .get(at("new/"), builder::show_new)
        .form(at("new/"), builder::send_new)
        .form(at("preview/"), builder::show_preview)
        .get(at("{alert}/"), alert::show)
        .get(at("{alert}/edit/"), builder::show_edit)
        .form(at("{alert}/edit/"), builder::send_edit)
        .form(at("{alert}/enabled/"), actions::set_enabled)
        .form(at("{alert}/snooze/"), actions::snooze)
        .form(at("{alert}/delete/"), actions::delete)
        .get(of_incident(""), list::show)
        .get(of_incident("{incident}/"), incident::show)
        .form(of_incident("{incident}/follow/"), incident_actions::follow)
        .form(of_incident("{incident}/resolve/"), incident_actions::resolve)
        .form(of_incident("{incident}/comments/"), incident_actions::comment)
        .form(
            of_incident("{incident}/comments/{comment}/delete/"),
            incident_actions::delete_comment,
        )
}

fn project_routes() -> Routes {
    use project_settings::{general, keys};
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{path}");
    Routes::pages()
        .get(at(""), projects::list::show)
        .get(at("new/"), create::show)
        .form(at("new/"), create::create)
        .get(at("{project}/getting-started/"), getting_started::show)
        .get(at("{project}/getting-started/first-event/"), getting_started::poll)
        .form(at("{project}/sample-event/"), general::send_sample)
        .form(at("{project}/delete/"), general::delete)
        .form(at("{project}/transfer/"), general::transfer)
        .form(at("{project}/keys/new/"), keys::create)
        .form(at("{project}/keys/{key}/revoke/"), keys::revoke)
        .form(at("{project}/keys/{key}/{verb}/"), keys::change)
}

fn project_settings_routes() -> Routes {
    use project_settings::{
        alert_rules, codeowners, environments, filters, general, grouping, highlights, key, keys, loader, mail,
        notifications, ownership, rate_limits, retention, sampling, scrubbing, security, teams,
    };
    let at = |path: &str| format!("/organizations/{{organization}}/projects/{{project}}/settings/{path}");
    Routes::pages()
        .get(at(""), general::show)
        .form(at(""), general::save)
        .get(at("teams/"), teams::show)
        .form(at("teams/add/"), teams::add)
        .form(at("teams/remove/"), teams::remove)
        .get(at("environments/"), environments::show)
        .form(at("environments/"), environments::save)
        .get(at("keys/"), keys::show)
        .get(at("keys/{key}/"), key::show)
        .form(at("keys/{key}/"), key::save)
        .get(at("filters/"), filters::show)
        .form(at("filters/"), filters::save)
        .get(at("scrubbing/"), scrubbing::show)
        .form(at("scrubbing/"), scrubbing::save)
        .get(at("grouping/"), grouping::show)
        .form(at("grouping/"), grouping::save)
        .get(at("ownership/"), ownership::show)
        .form(at("ownership/"), ownership::save)
        .form(at("ownership/codeowners/"), codeowners::add)
        .form(at("ownership/codeowners/{codeowners}/delete/"), codeowners::remove)
        .get(at("alert-rules/"), alert_rules::show)
        .form(at("alert-rules/apply/"), alert_rules::apply)
        .form(at("alert-rules/defaults/"), alert_rules::set_defaults)
        .form(at("alert-rules/maintenance/"), alert_rules::add_window)
        .form(
            at("alert-rules/maintenance/{window}/delete/"),
            alert_rules::delete_window,
        )
        .get(at("highlights/"), highlights::show)
        .form(at("highlights/"), highlights::save)
        .get(at("rate-limits/"), rate_limits::show)
        .form(at("rate-limits/"), rate_limits::save)
        .get(at("notifications/"), notifications::show)
        .form(at("notifications/"), notifications::save)
        .get(at("mail/"), mail::show)
        .form(at("mail/"), mail::save)
        .get(at("retention/"), retention::show)
        .form(at("retention/"), retention::save)
        .get(at("sampling/"), sampling::show)
        .form(at("sampling/"), sampling::save)
        .get(at("security/"), security::show)
        .form(at("security/"), security::save)
        .get(at("loader/"), loader::show)
        .form(at("loader/"), loader::save)
        .around(|router| router.layer(DefaultBodyLimit::max(MAX_SETTINGS_BYTES)))
}

fn member_routes() -> Routes {
    use settings::{mail_addresses, members, team, team_notifications, teams};
    let at = |path: &str| format!("/organizations/{{organization}}/settings/{path}");
    Routes::pages()
        .get(at("mail-addresses/"), mail_addresses::show)
        .form(at("mail-addresses/"), mail_addresses::add)
        .form(at("mail-addresses/{address}/confirm/"), mail_addresses::send)
        .form(at("mail-addresses/{address}/remove/"), mail_addresses::remove)
        .get(at("members/"), members::show)
        .form(at("members/"), members::invite)
        .form(at("members/{member}/role/"), members::set_role)
        .form(at("members/{member}/remove/"), members::remove)
        .form(at("members/{member}/resend/"), members::send_again)
        .form(at("members/{member}/approve/"), members::approve)
        .form(at("team-requests/{request}/{verb}/"), members::decide_team)
        .get(at("teams/"), teams::show)
        .form(at("teams/"), teams::create)
        .get(at("teams/{team}/"), team::show)
        .form(at("teams/{team}/"), team::save)
        .form(at("teams/{team}/join/"), team::join)
        .form(at("teams/{team}/leave/"), team::leave)
        .form(at("teams/{team}/members/"), team::add)
        .form(at("teams/{team}/members/{member}/role/"), team::set_role)
        .form(at("teams/{team}/members/{member}/remove/"), team::remove)
        .get(at("teams/{team}/notifications/"), team_notifications::show)
        .form(at("teams/{team}/notifications/"), team_notifications::save)
        .form(at("teams/{team}/notifications/remove/"), team_notifications::remove)
        .form(at("teams/{team}/delete/"), team::delete)
}

fn organization_routes() -> Routes {
    let at = |path: &str| format!("/organizations/{{organization}}/{path}");
    Routes::pages()
        .get(at("stats/"), stats::page::show)
        .get(at("stats/csv/"), stats::csv::show)
        .get(at("settings/"), settings::general::show)
        .form(at("settings/"), settings::general::save)
        .form(at("settings/membership/"), settings::general::save_membership)
        .form(
            at("settings/projects/{project_id}/restore/"),
            settings::general::restore_project,
        )
        .form(at("delete/"), settings::general::delete)
        .get(at("restore/"), settings::restore::show)
        .form(at("restore/"), settings::restore::restore)
        .get(at("settings/audit-log/"), settings::audit_log::show)
        .get(at("settings/audit-log/csv/"), settings::audit_log::csv)
        .merge(member_routes())
        .get(at("settings/scrubbing/"), settings::scrubbing::show)
        .form(at("settings/scrubbing/"), settings::scrubbing::save)
        .get(at("settings/rate-limits/"), settings::rate_limits::show)
        .form(at("settings/rate-limits/"), settings::rate_limits::save)
        .get(at("settings/storage/"), settings::storage::show)
        .form(at("settings/storage/"), settings::storage::save)
        .get(at("settings/auth-tokens/"), settings::auth_tokens::show)
        .form(at("settings/auth-tokens/"), settings::auth_tokens::create)
        .form(
            at("settings/auth-tokens/{token}/rename/"),
            settings::auth_tokens::rename,
        )
        .form(
            at("settings/auth-tokens/{token}/revoke/"),
            settings::auth_tokens::revoke,
        )
        .around(|router| router.layer(DefaultBodyLimit::max(MAX_SETTINGS_BYTES)))
}
