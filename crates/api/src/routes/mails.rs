//! Mail addresses, and answers by mail.

use http::Method;
use httpkit::Routes;

use super::ORGANIZATION;
use crate::{mails, users};

const SIGNED: &str = "the provider signs what it hands over, and the address names who may answer about what";

pub(super) fn routes() -> Routes {
    let addresses = format!("{ORGANIZATION}/mail-addresses/");
    let address = format!("{addresses}{{address}}/");
    Routes::api()
        .get(&addresses, mails::list)
        .post(&addresses, mails::create)
        .put(&address, mails::update)
        .delete(&address, mails::delete)
        .post(format!("{address}confirm/"), mails::send_confirmation)
        .get("/api/0/users/{user}/emails/", users::list_emails)
        .post("/api/0/users/{user}/emails/", users::add_email)
        .post("/api/0/users/{user}/emails/confirm/", users::confirm_email)
        .open(Method::POST, "/api/hooks/mailgun/inbound/", SIGNED, mails::inbound)
}
