use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use http::HeaderMap;
use httpkit::{ApiError, CsrfForm, ErrorKind, FormSender, PathParams};
use serde::Deserialize;
use services::{
    App,
    members::{self, AcceptError, Offer},
};

use crate::{
    auth,
    form::{FormErrors, NoFields},
    gallery::{self, Sample},
    icon::Icon,
    notice::{Done, PendingNotice},
    page::Page,
    shell::{Part, Shell},
    urls::{self, Links},
    visit::{Looks, Visit},
};

/// An invitation: looking at it accepts nothing, since programs look at links in mails too.
#[derive(Debug, Template)]
#[template(path = "invitations/accept.html")]
pub(crate) struct AcceptPage {
    pub(crate) shell: Shell,
    /// The link itself, which the forms send back to.
    pub(crate) here: String,
    pub(crate) organization: String,
    pub(crate) reader: Reader,
    pub(crate) errors: FormErrors,
}

/// Who looks at it.
#[derive(Debug, Clone)]
pub(crate) enum Reader {
    /// The link does not work.
    OfNothing,
    SignedIn {
        email: String,
    },
    /// Not signed in; the invited address has an account.
    Known,
    New {
        email: String,
        name: String,
    },
}

/// `GET /accept/{secret}/`
pub(crate) async fn show(
    State(app): State<App>,
    visit: Result<Visit, ApiError>,
    looks: Looks,
    path: PathParams,
) -> Result<Response, ApiError> {
    let secret = path.get("secret")?;
    let offer = match members::offer(&app, secret).await {
        Ok(offer) => offer,
        Err(AcceptError::NoInvitation) => return Ok(gone(&app, &looks)),
        Err(error) => return Err(error.into()),
    };
    let title = title(&offer);
    let (shell, reader) = match &visit {
        Ok(visit) => {
            let email = visit.user().email.clone();
            (
                visit.shell_of_user(Part::None, &title).await?,
                Reader::SignedIn { email },
            )
        }
        Err(_) if offer.is_known => (looks.shell(&app, &title), Reader::Known),
        Err(_) => {
            let (email, name) = (offer.invitation.email, String::new());
            (looks.shell(&app, &title), Reader::New { email, name })
        }
    };
    Ok(Page(AcceptPage {
        shell,
        here: urls::invitation(secret),
        organization: offer.organization.name,
        reader,
        errors: FormErrors::default(),
    })
    .into_response())
}

fn title(offer: &Offer) -> String {
    format!("Join {}", offer.organization.name)
}

fn gone(app: &App, looks: &Looks) -> Response {
    let page = AcceptPage {
        shell: looks.shell(app, "Invitation"),
        here: String::new(),
        organization: String::new(),
        reader: Reader::OfNothing,
        errors: FormErrors::default(),
    };
    (ErrorKind::NotFound.status(), Page(page)).into_response()
}

/// `POST /accept/{secret}/`: makes a member of the user who is signed in.
pub(crate) async fn accept(
    visit: Visit,
    looks: Looks,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let accepted = members::accept(&visit.app, visit.actor(), visit.user(), path.get("secret")?).await;
    match accepted {
        Ok(organization) => {
            let to = Links::new(&organization.slug, String::new()).issues();
            Ok((PendingNotice::of(Done::Joined), Redirect::to(&to)).into_response())
        }
        Err(AcceptError::NoInvitation) => Ok(gone(&visit.app, &looks)),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct AccountForm {
    #[serde(default)]
    name: String,
    password: String,
}

/// `POST /accept/{secret}/account/`: makes an account with the invited address, signs it in, and lets it join.
pub(crate) async fn create_account(
    State(app): State<App>,
    looks: Looks,
    headers: HeaderMap,
    FormSender(sender): FormSender,
    path: PathParams,
    Form(form): Form<AccountForm>,
) -> Result<Response, ApiError> {
    auth::check_origin(&headers)?;
    let secret = path.get("secret")?;
    let offer = match members::offer(&app, secret).await {
        Ok(offer) => offer,
        Err(AcceptError::NoInvitation) => return Ok(gone(&app, &looks)),
        Err(error) => return Err(error.into()),
    };
    match members::accept_as_new(&app, secret, &form.name, &form.password, &sender).await {
        Ok((organization, session)) => {
            let to = Links::new(&organization.slug, String::new()).issues();
            Ok((PendingNotice::of(Done::Joined), auth::welcome(&app, &session, &to)).into_response())
        }
        Err(AcceptError::NoInvitation) => Ok(gone(&app, &looks)),
        Err(error) => {
            let page = AcceptPage {
                shell: looks.shell(&app, &title(&offer)),
                here: urls::invitation(secret),
                organization: offer.organization.name,
                reader: Reader::New {
                    email: offer.invitation.email,
                    name: form.name,
                },
                errors: FormErrors::of_api(error.into())?,
            };
            Ok((ErrorKind::BadRequest.status(), Page(page)).into_response())
        }
    }
}

impl AcceptPage {
    pub(crate) fn samples() -> Vec<Sample> {
        let page = |organization: &str, reader, errors| Self {
            shell: Shell {
                title: "Invitation".to_owned(),
                csrf: "sample-token".to_owned(),
                ..Shell::default()
            },
            here: urls::invitation("7f3c"),
            organization: organization.to_owned(),
            reader,
            errors,
        };
        let none = FormErrors::default;
        let text = |text: &str| text.to_owned();
        let new = |email: &str, name: &str| Reader::New {
            email: text(email),
            name: text(name),
        };
        let wrong = FormErrors::one("password", "The password needs 8 characters or more.");
        vec![
            Sample::new("accept-gone", &page("", Reader::OfNothing, none())),
            Sample::new(
                "accept-signed-in",
                &page(
                    "Acme",
                    Reader::SignedIn {
                        email: text("grace@example.com"),
                    },
                    none(),
                ),
            ),
            Sample::new("accept-known", &page("Acme", Reader::Known, none())),
            Sample::new("accept-new", &page("Acme", new("grace@example.com", "Grace"), wrong)),
            Sample::new(
                "accept-hostile",
                &page(gallery::HOSTILE, new(gallery::HOSTILE, gallery::HOSTILE), none()),
            ),
        ]
    }
}
