//! `tocsin jobs`: what is to be done, whether a server runs or not.

use std::{fmt::Write as _, io::Write as _};

use model::{JobId, Node, Timestamp};
use queue::{BLOCKED, RunDue};
use serde_json::json;
use services::{App, access::Actor, jobs};
use store::{
    IdPage, IdStart,
    jobs::{BlockedShard, Job, JobFilter, State},
};

use crate::{
    CommandError,
    config::Config,
    control,
    parts::{self, FolderLock},
};

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// List jobs, newest first, and before them the shards that wait after failures
    List(ListArguments),
    /// Say all that is known of a job
    Show { id: JobId },
    /// Try a job again at once; a dead letter begins anew
    Retry { id: JobId },
    /// Remove a job without doing it
    Drop { id: JobId },
    /// Do what is due and what follows from it, and end
    RunDue,
}

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ListArguments {
    /// Only these: waiting, running, dead
    #[arg(long, value_parser = state)]
    state: Option<State>,
    /// Only jobs of this kind
    #[arg(long)]
    name: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<State, String> {
    State::from_name(text).ok_or_else(|| "one of waiting, running, dead".to_owned())
}

pub(crate) async fn run(config: Config, command: Command) -> Result<(), CommandError> {
    let actor = Actor::command();
    let said = match command {
        Command::List(arguments) => with_app(&config, async |app| list(app, arguments).await).await?,
        Command::Show { id } => with_app(&config, async |app| show(app, id).await).await?,
        Command::Retry { id } => {
            let retry = async |app: &App| {
                let job = jobs::retry(app, &actor, id).await?;
                Ok(format!("{id} ({}) is tried again", job.name))
            };
            with_app(&config, retry).await?
        }
        Command::Drop { id } => {
            let discard = async |app: &App| {
                let job = jobs::discard(app, &actor, id).await?;
                Ok(format!("{id} ({}) is dropped", job.name))
            };
            with_app(&config, discard).await?
        }
        Command::RunDue => run_due(&config).await?,
    };
    writeln!(std::io::stdout(), "{}", said.trim_end())?;
    Ok(())
}

/// Does something beside a server, or without one.
async fn with_app(
    config: &Config,
    act: impl AsyncFnOnce(&App) -> Result<String, CommandError>,
) -> Result<String, CommandError> {
    let app = open(config).await?;
    let said = act(&app).await;
    app.store.close().await;
    said
}

async fn open(config: &Config) -> Result<App, CommandError> {
    parts::data_folder(config)?;
    let address = control::served_address(config).unwrap_or_else(|| config.address());
    let node = Node::other(std::process::id());
    Ok(parts::app(config, parts::clock(config), config.public_url(address), node).await?)
}

async fn list(app: &App, arguments: ListArguments) -> Result<String, CommandError> {
    let filter = JobFilter {
        name: arguments.name.as_deref(),
        state: arguments.state,
        shard: None,
    };
    let page = IdPage {
        start: IdStart::Newest,
        limit: i64::from(arguments.limit),
    };
    let jobs = jobs::list(app, filter, page).await?;
    let mut text = String::new();
    if arguments.json {
        for job in &jobs {
            writeln!(text, "{}", as_json(job))?;
        }
        return Ok(text);
    }
    for shard in jobs::failing_shards(app).await? {
        writeln!(text, "{}", line_of_shard(&shard))?;
    }
    for job in &jobs {
        writeln!(text, "{}", line_of(job))?;
    }
    if text.is_empty() {
        text.push_str("there is nothing to do");
    }
    Ok(text)
}

fn line_of_shard(shard: &BlockedShard) -> String {
    let state = if shard.attempts >= BLOCKED {
        "is blocked"
    } else {
        "waits"
    };
    format!(
        "shard {} {state}: {} jobs, {} failures, next try {}  {}",
        shard.shard,
        shard.jobs,
        shard.attempts,
        when(shard.due_at),
        shard.error.as_deref().unwrap_or_default()
    )
}

fn line_of(job: &Job) -> String {
    format!(
        "{}  {}  {}  {}  written {}  due {}  {} failures  {}",
        job.id,
        job.state.name(),
        job.name,
        job.shard,
        job.created_at,
        when(job.due_at),
        job.attempts,
        job.error.as_deref().unwrap_or_default()
    )
}

fn when(at: Timestamp) -> String {
    if at.0 == 0 {
        "at once".to_owned()
    } else {
        at.to_string()
    }
}

fn as_json(job: &Job) -> serde_json::Value {
    json!({
        "id": job.id.to_string(),
        "name": job.name,
        "lane": job.lane.name(),
        "shard": job.shard,
        "object": job.object,
        "state": job.state.name(),
        "payload": serde_json::from_str(&job.payload).unwrap_or_else(|_| json!(job.payload)),
        "created_at": job.created_at,
        "due_at": if job.due_at.0 == 0 { job.created_at } else { job.due_at },
        "attempts": job.attempts,
        "lapses": job.lapses,
        "tried_at": job.tried_at,
        "error": job.error,
    })
}

async fn show(app: &App, id: JobId) -> Result<String, CommandError> {
    let found = jobs::find(app, id).await?;
    let (job, shard) = found.ok_or_else(|| format!("there is no job {id}: it is done, or somebody dropped it"))?;
    let mut text = serde_json::to_string_pretty(&as_json(&job))?;
    if let Some(shard) = shard {
        text.push('\n');
        text.push_str(&line_of_shard(&shard));
    }
    Ok(text)
}

async fn run_due(config: &Config) -> Result<String, CommandError> {
    parts::data_folder(config)?;
    if let Some(answer) = control::ask_run_jobs(config).await {
        answer?;
        return Ok("the server has done all that was due".to_owned());
    }
    let Some(_lock) = FolderLock::take(config)? else {
        return Err("the server of this data folder is just starting or stopping: try again".into());
    };
    let app = open(config).await?;
    app.retention.get_or_init(|| parts::retention(config));
    let ran = async {
        // The folder's lock says that no worker is there.
        jobs::worker(&app).take_over().await?;
        jobs::run_due(&app).await
    };
    let ran = ran.await;
    app.store.close().await;
    let RunDue { done, failed } = ran?;
    Ok(format!("{done} done, {failed} failed"))
}
