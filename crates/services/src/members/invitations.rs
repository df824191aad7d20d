//! Invitations: a link in a mail, good for thirty days, that makes a member of whoever opens it.

use std::time::Duration;

use model::{InvitationId, MemberId, OrganizationRole, TeamId, TeamRole};
use serde_json::json;
use store::{
    Tx,
    invitations::{Invitation, InvitationStatus},
    members::Member,
    organizations::Organization,
    teams::Team,
    users::User,
};

use super::{MemberError, invitation_limits, rights};
use crate::{
    App,
    access::{Actor, Channel, MembershipSettings, OrganizationScope, Origin, Scope, permission::MEMBER_INVITE},
    audit::{self, Action, Change, Entry, Target, TargetKind},
    browser_sessions::{self, NewSession, Sender},
    mails::{self, NewMail, Reason},
    seal::Purpose,
    secret,
    users::{self, CreateUserError, NewUser, attempts::Attempt},
};

/// How long an invitation may be accepted.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// How many invitations, and how many requests, an organization has at a time, so that nobody fills the outbox.
const MOST_OPEN: usize = 1_000;

/// Whom to invite.
#[derive(Debug, Clone, Copy)]
pub struct NewInvitation<'a> {
    pub email: &'a str,
    pub role: OrganizationRole,
    pub teams: &'a [(Team, TeamRole)],
    pub send_mail: bool,
}

/// Invites somebody; where the actor may not, it becomes a request that others decide on.
pub async fn invite(app: &App, scope: &OrganizationScope, new: &NewInvitation<'_>) -> Result<Invitation, MemberError> {
    let may_invite = scope.rights.allow_any(MEMBER_INVITE.any_of);
    let email = normalized(new.email)?;
    let teams: Vec<(TeamId, TeamRole)> = new.teams.iter().map(|(team, role)| (team.id, *role)).collect();
    if may_invite {
        rights::require_role(scope, new.role)?;
        rights::require_teams(scope, &teams)?;
    }
    invitation_limits::count(app, scope, &email).await?;
    let request = Request {
        email,
        role: new.role,
        teams,
        status: if may_invite {
            InvitationStatus::Approved
        } else {
            InvitationStatus::RequestedToBeInvited
        },
    };
    let mut tx = app.store.begin().await?;
    let (invitation, token) = insert(app, &mut tx, &scope.organization, request, Some(&scope.actor)).await?;
    let action = if may_invite {
        Action::MEMBER_INVITED
    } else {
        Action::INVITATION_REQUESTED
    };
    let change = Change::created(&json!({"email": invitation.email, "role": invitation.role}));
    record(app, &mut tx, &scope.actor, &invitation, action, change).await?;
    if let Some(token) = token.filter(|_| new.send_mail) {
        send(app, &mut tx, &scope.organization, &invitation, &token).await?;
    }
    tx.commit().await?;
    Ok(invitation)
}

/// Asks to be let into an organization; whoever may invite decides on it. One that is not there takes no requests.
pub async fn request_to_join(app: &App, slug: &str, email: &str, sender: &Sender) -> Result<(), MemberError> {
    let attempt = Attempt::by_login(&format!("joining {slug} from {:?}", sender.ip), sender.ip);
    app.attempts.begin(&attempt, app.now())?;
    let email = normalized(email)?;
    let mut tx = app.store.begin().await?;
    let organization = store::organizations::find_by_slug(&mut tx, slug).await?;
    let organization = organization.filter(|organization| organization.delete_at.is_none());
    let organization = &organization.ok_or(MemberError::NoRequests)?;
    let settings: MembershipSettings = crate::settings::read_topic(&mut tx, organization.id).await?;
    if !settings.allow_join_requests {
        return Err(MemberError::NoRequests);
    }
    let request = Request {
        email,
        role: settings.default_role,
        teams: Vec::new(),
        status: InvitationStatus::RequestedToJoin,
    };
    match insert(app, &mut tx, organization, request, None).await {
        Ok(_) => Ok(tx.commit().await?),
        // Who asks is nobody in particular: the answer tells nothing about who is here.
        Err(MemberError::IsMember(_) | MemberError::IsInvited(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

struct Request {
    /// Normalized.
    email: String,
    role: OrganizationRole,
    teams: Vec<(TeamId, TeamRole)>,
    status: InvitationStatus,
}

fn normalized(email: &str) -> Result<String, MemberError> {
    users::normalized(email).ok_or_else(|| MemberError::InvalidEmail(email.trim().to_owned()))
}

/// The invitation, and the secret of its link where it may be accepted.
async fn insert(
    app: &App,
    tx: &mut Tx,
    organization: &Organization,
    request: Request,
    actor: Option<&Actor>,
) -> Result<(Invitation, Option<String>), MemberError> {
    let email = request.email;
    if let Some(user) = store::users::find_by_email(tx, &email).await?
        && store::members::find(tx, organization.id, user.id).await?.is_some()
    {
        return Err(MemberError::IsMember(email));
    }
    let is_offer = |status: InvitationStatus| status == InvitationStatus::Approved;
    if let Some(known) = store::invitations::find_by_email(tx, organization.id, &email).await? {
        // A request does not keep anybody from inviting: the invitation takes its place.
        if is_offer(known.status) || !is_offer(request.status) {
            return Err(MemberError::IsInvited(email));
        }
        store::invitations::delete(tx, organization.id, known.id).await?;
    }
    // Counted apart, so that requests of strangers leave room for invitations.
    let mut open = store::invitations::list(tx, organization.id).await?;
    open.retain(|one| is_offer(one.status) == is_offer(request.status));
    if open.len() >= MOST_OPEN {
        return Err(MemberError::TooManyInvitations);
    }
    let token = (request.status == InvitationStatus::Approved).then(secret::random_hex::<32>);
    let now = app.now();
    let invitation = Invitation {
        id: InvitationId(app.ids.next()),
        organization: organization.id,
        email,
        role: request.role,
        teams: request.teams,
        status: request.status,
        token_sealed: token.as_ref().map(|token| seal(app, token)),
        inviter: actor.and_then(Actor::user_id),
        inviter_name: actor.and_then(Actor::user).map(called),
        created_at: now,
        expires_at: token.as_ref().map(|_| now + INVITATION_LIFETIME),
    };
    let hash = token.as_deref().map(secret::hash);
    store::invitations::create(tx, &invitation, hash.as_deref()).await?;
    Ok((invitation, token))
}

/// As [`Invitation::inviter_name`] is read.
fn called(user: &User) -> String {
    if user.name.is_empty() { &user.email } else { &user.name }.clone()
}

fn seal(app: &App, token: &str) -> String {
    app.sealer().seal(Purpose::Invitation, token.as_bytes())
}

/// The address that accepts it, to be handed over by other ways than a mail.
pub fn link(app: &App, invitation: &Invitation) -> Option<String> {
    let sealed = invitation.token_sealed.as_deref()?;
    let token = app.sealer().open(Purpose::Invitation, sealed)?;
    Some(address(app, &String::from_utf8(token).ok()?))
}

fn address(app: &App, token: &str) -> String {
    app.url.join(&format!("/accept/{token}/"))
}

async fn send(
    app: &App,
    tx: &mut Tx,
    organization: &Organization,
    invitation: &Invitation,
    token: &str,
) -> Result<(), store::Error> {
    let text = format!(
        "You are invited to join {} on Tocsin.\n\nAccept the invitation within 30 days:\n{}\n\nIf you do not know what \
         this is about, ignore this mail.\n",
        organization.name,
        address(app, token)
    );
    let mail = NewMail {
        to: &invitation.email,
        subject: &format!("Join {} on Tocsin", organization.name),
        text: &text,
        reason: Reason::Invitation,
    };
    mails::write(app, tx, mail).await
}

/// Sends a new link and lets the time begin anew; the link before does not work any longer.
pub async fn send_again(
    app: &App,
    scope: &OrganizationScope,
    invitation: &Invitation,
) -> Result<Invitation, MemberError> {
    require_offer(scope, invitation)?;
    invitation_limits::count(app, scope, &invitation.email).await?;
    let mut tx = app.store.begin().await?;
    let renewed = renew(app, &mut tx, &scope.organization, invitation).await?;
    record(
        app,
        &mut tx,
        &scope.actor,
        &renewed,
        Action::INVITATION_SENT_AGAIN,
        Change::none(),
    )
    .await?;
    tx.commit().await?;
    Ok(renewed)
}

/// Lets in who asks, or whom a member asks for: an invitation is sent.
pub async fn approve(app: &App, scope: &OrganizationScope, invitation: &Invitation) -> Result<Invitation, MemberError> {
    require_offer(scope, invitation)?;
    invitation_limits::count(app, scope, &invitation.email).await?;
    let mut tx = app.store.begin().await?;
    let renewed = renew(app, &mut tx, &scope.organization, invitation).await?;
    let change = Change::between(
        &json!({"status": invitation.status.name()}),
        &json!({"status": renewed.status.name()}),
    );
    record(app, &mut tx, &scope.actor, &renewed, Action::MEMBER_INVITED, change).await?;
    tx.commit().await?;
    Ok(renewed)
}

async fn renew(
    app: &App,
    tx: &mut Tx,
    organization: &Organization,
    invitation: &Invitation,
) -> Result<Invitation, MemberError> {
    let token = secret::random_hex::<32>();
    let renewed = Invitation {
        status: InvitationStatus::Approved,
        token_sealed: Some(seal(app, &token)),
        expires_at: Some(app.now() + INVITATION_LIFETIME),
        ..invitation.clone()
    };
    store::invitations::renew(tx, &renewed, &secret::hash(&token)).await?;
    send(app, tx, organization, &renewed, &token).await?;
    Ok(renewed)
}

/// That the actor may offer all that the invitation does.
fn require_offer(scope: &OrganizationScope, invitation: &Invitation) -> Result<(), MemberError> {
    if !scope.rights.allow_any(MEMBER_INVITE.any_of) {
        return Err(MemberError::Forbidden);
    }
    rights::require_role(scope, invitation.role)?;
    rights::require_teams(scope, &invitation.teams)
}

/// Whether the actor may send the invitation again, change it, or see its link.
pub fn may_offer(scope: &OrganizationScope, invitation: &Invitation) -> bool {
    require_offer(scope, invitation).is_ok()
}

/// Changes what somebody will be once they accept.
pub async fn change_invitation(
    app: &App,
    scope: &OrganizationScope,
    invitation: &Invitation,
    role: Option<OrganizationRole>,
    teams: Option<&[(Team, TeamRole)]>,
) -> Result<Invitation, MemberError> {
    require_offer(scope, invitation)?;
    let mut changed = invitation.clone();
    if let Some(role) = role {
        changed.role = role;
    }
    if let Some(teams) = teams {
        changed.teams = teams.iter().map(|(team, role)| (team.id, *role)).collect();
    }
    require_offer(scope, &changed)?;
    if changed == *invitation {
        return Ok(changed);
    }
    let mut tx = app.store.begin().await?;
    store::invitations::update(&mut tx, &changed).await?;
    let fields = |of: &Invitation| json!({"role": of.role, "teams": of.teams});
    let change = Change::between(&fields(invitation), &fields(&changed));
    record(app, &mut tx, &scope.actor, &changed, Action::INVITATION_EDITED, change).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Takes an invitation back, or refuses a request.
pub async fn refuse(app: &App, scope: &OrganizationScope, invitation: &Invitation) -> Result<(), MemberError> {
    let is_own = invitation.inviter.is_some() && invitation.inviter == scope.actor.user_id();
    if !is_own && !scope.rights.allow(Scope::MemberWrite) {
        return Err(MemberError::Forbidden);
    }
    let mut tx = app.store.begin().await?;
    if !store::invitations::delete(&mut tx, scope.organization.id, invitation.id).await? {
        return Err(MemberError::Gone);
    }
    let action = if invitation.status == InvitationStatus::Approved {
        Action::INVITATION_REMOVED
    } else {
        Action::INVITATION_REFUSED
    };
    let change = Change::removed(&json!({"email": invitation.email, "role": invitation.role}));
    record(app, &mut tx, &scope.actor, invitation, action, change).await?;
    tx.commit().await?;
    Ok(())
}

/// What a link offers.
#[derive(Debug, Clone)]
pub struct Offer {
    pub invitation: Invitation,
    pub organization: Organization,
    /// Whether somebody has an account with the invited address.
    pub is_known: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Unknown, taken back, used, or too old: all look alike.
    #[error("this invitation does not work (any longer): ask for a new one")]
    NoInvitation,
    #[error("you are a member of this organization already")]
    IsMember,
    #[error(transparent)]
    User(#[from] CreateUserError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What the link with this secret offers.
pub async fn offer(app: &App, token: &str) -> Result<Offer, AcceptError> {
    let mut db = app.store.read().await?;
    find_offer(app, &mut db, token).await
}

async fn find_offer(app: &App, db: &mut store::Connection, token: &str) -> Result<Offer, AcceptError> {
    let invitation = store::invitations::find_by_token(db, &secret::hash(token)).await?;
    let invitation = invitation
        .filter(|one| one.status == InvitationStatus::Approved && one.expires_at.is_some_and(|end| app.now() < end))
        .ok_or(AcceptError::NoInvitation)?;
    let organization = store::organizations::find(db, invitation.organization).await?;
    let organization = organization.filter(|organization| organization.delete_at.is_none());
    let is_known = store::users::find_by_email(db, &invitation.email).await?.is_some();
    Ok(Offer {
        organization: organization.ok_or(AcceptError::NoInvitation)?,
        invitation,
        is_known,
    })
}

/// Makes a member of a user who has the link. The user's address need not be the invited one: whoever has the link was
/// given it.
pub async fn accept(app: &App, actor: &Actor, user: &User, token: &str) -> Result<Organization, AcceptError> {
    let mut tx = app.store.begin().await?;
    let organization = join(app, &mut tx, actor, user, token).await?;
    tx.commit().await?;
    Ok(organization)
}

/// The same for somebody who has no account yet: it is made with the invited address, and signed in.
pub async fn accept_as_new(
    app: &App,
    token: &str,
    name: &str,
    password: &str,
    sender: &Sender,
) -> Result<(Organization, NewSession), AcceptError> {
    let offer = offer(app, token).await?;
    let new = NewUser {
        email: &offer.invitation.email,
        name,
        password,
    };
    let prepared = users::prepare(app, &new).await?;
    let mut tx = app.store.begin().await?;
    let user = users::insert(app, &mut tx, prepared).await?;
    let mut actor = Actor::of_user(user.clone(), crate::Scopes::all());
    // Nobody was signed in, but where the account was made from is known.
    actor.origin = Origin {
        ip: sender.ip,
        ..Origin::of(Channel::Web)
    };
    let organization = join(app, &mut tx, &actor, &user, token).await?;
    tx.commit().await?;
    let session = browser_sessions::begin(app, user, sender).await?;
    Ok((organization, session))
}

async fn join(app: &App, tx: &mut Tx, actor: &Actor, user: &User, token: &str) -> Result<Organization, AcceptError> {
    let Offer {
        invitation,
        organization,
        ..
    } = find_offer(app, tx, token).await?;
    if !store::invitations::delete(tx, organization.id, invitation.id).await? {
        return Err(AcceptError::NoInvitation);
    }
    let member = Member {
        id: MemberId(invitation.id.0),
        organization: organization.id,
        user: user.id,
        role: invitation.role,
        created_at: app.now(),
    };
    match store::members::create(tx, &member).await {
        Err(store::Error::Conflict) => return Err(AcceptError::IsMember),
        other => other?,
    }
    let teams = store::teams::list(tx, organization.id).await?;
    for (team, role) in &invitation.teams {
        // One that was deleted meanwhile is left out.
        if teams.iter().any(|known| known.id == *team) {
            store::teams::add_member(tx, *team, user.id, *role, app.now()).await?;
        }
    }
    let change = Change::created(&json!({"email": user.email, "role": invitation.role}));
    record(app, tx, actor, &invitation, Action::MEMBER_ACCEPTED, change).await?;
    Ok(organization)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    invitation: &Invitation,
    action: Action,
    change: Change,
) -> Result<(), store::Error> {
    let entry = Entry {
        organization: Some(invitation.organization),
        action,
        target: Target {
            kind: TargetKind::Invitation,
            id: invitation.id.0,
            label: &invitation.email,
        },
        change,
    };
    audit::record(app, tx, actor, entry).await
}
