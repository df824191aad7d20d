//! How many invitations there may be a day: each is a mail to somebody who may not want it.

use super::MemberError;
use crate::{App, access::OrganizationScope, limits::Deed, options};

/// Counts an invitation to a normalized address before it is made.
pub(super) async fn count(app: &App, scope: &OrganizationScope, email: &str) -> Result<(), MemberError> {
    let organization = scope.organization.id;
    let a_day = options::get_count(app, &options::INVITATIONS_A_DAY).await?;
    let to_address = options::get_count(app, &options::INVITATIONS_TO_ADDRESS).await?;
    let mut deeds = vec![
        (Deed::InvitationsToAddress(organization, email.to_owned()), to_address),
        (Deed::InvitationsOfOrganization(organization), a_day),
    ];
    deeds.extend(scope.actor.user_id().map(|user| (Deed::InvitationsByUser(user), a_day)));
    Ok(app.limits.deeds.count(&deeds, app.now())?)
}
