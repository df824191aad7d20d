//! Which organization may use a blob again by naming its checksum: only one that has sent the bytes itself, or else a
//! checksum alone would open other people's files.

use model::OrganizationId;

use super::Checksum;
use crate::{Connection, Error, files, row::Fetch as _, sql::Sql};

/// Those of `checksums` that the organization has sent before.
pub async fn owned(
    db: &mut Connection,
    organization: OrganizationId,
    checksums: &[Checksum],
) -> Result<Vec<Checksum>, Error> {
    let texts: Vec<String> = checksums.iter().map(Checksum::to_string).collect();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT checksum FROM blob_owners WHERE organization_id = ");
    sql.int(organization.0).push(" AND checksum IN ");
    sql.texts(texts.iter().map(String::as_str)).push(" ORDER BY checksum");
    sql.query().list(db, files::checksum).await
}
