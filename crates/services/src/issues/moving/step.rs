//! What names its issue itself follows its events. The row of a move says how far that is, so it goes on after a restart.

use std::{collections::HashSet, time::Duration};

use model::{EventId, IssueId, ProjectId};
use store::issues::{IssueMove, MoveKind, MoveStage};

use crate::{
    App,
    events::{ask, caught_up},
};

/// How many rows one transaction moves, so that events are not kept waiting.
const ROWS_A_STEP: i64 = 500;

/// How long the index may take to have what the database has at this moment; then the step is tried again later.
const CATCH_UP: Duration = Duration::from_secs(5);

/// How many steps somebody waits for who wants to go on with an issue.
const STEPS_TO_SETTLE: usize = 40;

/// Goes on with what follows these issues from or to others, so that what was merged a moment ago can be merged or taken
/// apart at once. A large rest is left to the job; until that is done, the operations say that they are busy.
pub async fn settle(app: &App, issues: &[IssueId]) -> Result<(), store::Error> {
    for _ in 0..STEPS_TO_SETTLE {
        let is_moving = store::issues::is_moving(&mut *app.store.read().await?, issues).await?;
        if !is_moving || !step(app).await? {
            break;
        }
    }
    Ok(())
}

/// Moves some rows. Returns `false` when none are left, or none can be moved yet.
pub(crate) async fn step(app: &App) -> Result<bool, store::Error> {
    let Some(follow) = store::issues::oldest_move(&mut *app.store.read().await?).await? else {
        return Ok(false);
    };
    let rows = store::issues::rows_to_move(&mut *app.store.read().await?, &follow, ROWS_A_STEP).await?;
    let moved: Vec<i64> = match follow.kind {
        MoveKind::Merge => rows.iter().map(|(id, _)| *id).collect(),
        MoveKind::Unmerge => {
            // Whose hash is not in the index yet would be taken for one that stays.
            if !rows.is_empty() && !caught_up(app, CATCH_UP).await? {
                return Ok(false);
            }
            let events: HashSet<EventId> = rows.iter().map(|(_, event)| *event).collect();
            let leaving = with_hash(app, follow.project, events, &follow.hashes).await?;
            let ids = rows.iter().filter(|(_, event)| leaving.contains(event));
            ids.map(|(id, _)| *id).collect()
        }
    };
    let mut tx = app.store.begin().await?;
    store::issues::move_some(&mut tx, &follow, &moved).await?;
    let (stage, reached) = match rows.last() {
        Some((last, _)) => (follow.stage, *last),
        None => (next_stage(follow.stage), 0),
    };
    if !store::issues::advance_move(&mut tx, &follow, stage, reached).await? {
        // Somebody else did the same.
        return Ok(true);
    }
    if stage == MoveStage::Done {
        finish(&mut tx, &follow).await?;
    }
    tx.commit().await?;
    if stage == MoveStage::Done {
        app.wake_purge();
    }
    Ok(true)
}

fn next_stage(stage: MoveStage) -> MoveStage {
    match stage {
        MoveStage::Attachments => MoveStage::UserReports,
        MoveStage::UserReports | MoveStage::Done => MoveStage::Done,
    }
}

async fn finish(db: &mut store::Connection, follow: &IssueMove) -> Result<(), store::Error> {
    match follow.kind {
        // Nothing of it is left but its row.
        MoveKind::Merge => store::issues::let_go(db, follow.project, follow.source).await,
        MoveKind::Unmerge => Ok(()),
    }
}

/// Those events that have one of these primary hashes. One that is not kept any more stays where it was.
async fn with_hash(
    app: &App,
    project: ProjectId,
    events: HashSet<EventId>,
    hashes: &[String],
) -> Result<HashSet<EventId>, store::Error> {
    let hashes: HashSet<String> = hashes.iter().cloned().collect();
    ask(app, move |index, _| {
        let mut found = HashSet::new();
        for event in events {
            let row = index.find(&[project], event)?;
            if row.is_some_and(|row| hashes.contains(&row.hash)) {
                found.insert(event);
            }
        }
        Ok(found)
    })
    .await
}
