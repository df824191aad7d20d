//! Learning which parts of transaction names change: names are noted as they come, and rules made of them by the hour.

use model::ProjectId;
use normalize::transaction::{MERGE_AT, NameRules, cluster};
use queue::{Job, JobError, Policy, Running};
use serde::{Deserialize, Serialize};

use crate::{App, settings};

/// How many names of a project are looked at (`ingest.md` §7.1).
const NAMES: i64 = 2_000;

/// Makes rules for all projects with names, every hour.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LearnTransactionNames {}

impl Job<App> for LearnTransactionNames {
    const NAME: &'static str = "learn_transaction_names";
    const POLICY: Policy = Policy::Outbox;

    fn shard(&self) -> String {
        Self::NAME.to_owned()
    }

    async fn run(self, app: &App, _: &Running) -> Result<(), JobError> {
        let projects = store::transaction_names::projects(&mut *app.store.read().await?).await?;
        for project in projects {
            learn_of(app, project).await?;
        }
        Ok(())
    }
}

async fn learn_of(app: &App, project: ProjectId) -> Result<(), store::Error> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    store::transaction_names::shrink(&mut tx, project, NAMES).await?;
    let names = store::transaction_names::list(&mut tx, project, NAMES).await?;
    let known: NameRules = settings::read_project(&mut tx, project).await?.transaction_names;
    let found = cluster(names.iter().map(String::as_str), MERGE_AT);
    let rules = known.clone().merged(found.iter().map(String::as_str), now);
    if rules != known {
        settings::write_of_project(&mut tx, project, &rules, now).await?;
    }
    tx.commit().await?;
    if rules != known {
        app.project_configs.forget(project);
    }
    Ok(())
}
