//! `tocsin quarantine`: what could not be processed.

use std::io::Write as _;

use model::Node;
use spool::quarantine::{ListedEntry, QuarantineId};

use crate::{
    CommandError,
    config::Config,
    control,
    parts::{self, FolderLock},
};

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// List what is there, oldest first
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Write the bytes of an entry to standard output, and what is known of it to standard error
    Show { id: String },
    /// Process an entry again; what breaks again comes back
    Replay { id: String },
}

pub(crate) async fn run(config: Config, command: Command) -> Result<(), CommandError> {
    match command {
        Command::List { json } => list(&config, json),
        Command::Show { id } => show(&config, id.parse()?),
        Command::Replay { id } => replay(&config, id.parse()?).await,
    }
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn list(config: &Config, json: bool) -> Result<(), CommandError> {
    let quarantine = parts::quarantine(config)?;
    let mut after = None;
    let mut none = true;
    loop {
        let entries = quarantine.list(after, 100)?;
        let Some(last) = entries.last() else { break };
        after = Some(last.entry.id);
        none = false;
        for ListedEntry { entry, body_bytes } in &entries {
            if json {
                let mut object = serde_json::to_value(entry)?;
                object["body_bytes"] = (*body_bytes).into();
                println!("{object}");
                continue;
            }
            let project = entry.project_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
            println!(
                "{}  {}  project {project}  {}  {body_bytes} bytes  {}",
                entry.id, entry.quarantined_at, entry.kind, entry.error
            );
        }
    }
    if none && !json {
        println!("the quarantine is empty");
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "standard output is for the bytes alone")]
fn show(config: &Config, id: QuarantineId) -> Result<(), CommandError> {
    let found = parts::quarantine(config)?.get(id)?;
    let (entry, body) = found.ok_or_else(|| format!("there is no quarantine entry {id}"))?;
    eprintln!("{}", serde_json::to_string_pretty(&entry)?);
    eprintln!("{}", String::from_utf8_lossy(&entry.meta));
    std::io::stdout().write_all(&body)?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
async fn replay(config: &Config, id: QuarantineId) -> Result<(), CommandError> {
    if let Some(answer) = control::ask_replay(config, id).await {
        answer?;
        println!("{id} is being processed again");
        return Ok(());
    }
    let Some(_lock) = FolderLock::take(config)? else {
        return Err("the server of this data folder is just starting or stopping: try again".into());
    };
    let clock = parts::clock(config);
    let app = parts::app(
        config,
        clock,
        config.public_url(config.address()),
        Node::other(std::process::id()),
    )
    .await?;
    let quarantine = parts::quarantine(config)?;
    let spool = parts::spool(config, &app, &quarantine).await?;
    let replayed = ingest::processing::replay(&spool, &quarantine, id).await;
    spool.close().await;
    app.store.close().await;
    replayed?;
    println!("{id} will be processed when the server runs");
    Ok(())
}
