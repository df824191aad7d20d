//! Session replays: events, recordings, and films of mobile apps.

use bytes::Bytes;
use model::{EventId, Outcome};
use normalize::Context;
use protocol::items::{
    Invalid,
    replay::{ReplayEvent, ReplayVideo, recording::Recording},
};
use services::project_config::ProjectConfig;
use store::stored_items::StoredItemKind;

use super::{
    item::{Processed, RawItem},
    stored::{self, Keys},
};

/// An item `replay_event`.
pub(super) fn event(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let event = ReplayEvent::parse(&raw.payload)
        .map_err(|error| stored::invalid(&raw.meta, &error))
        .and_then(|event| steps(event, raw, config));
    done.push(match event {
        Ok(event) => {
            let payload = event.to_json().to_string();
            stored::keep(
                raw,
                StoredItemKind::ReplayEvent,
                keys(&event),
                payload,
                raw.quantities(),
            )
        }
        Err(outcome) => Processed::counted(raw, outcome),
    });
}

/// An item `replay_recording`.
pub(super) fn recording(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let read = Recording::parse(&raw.payload).and_then(|recording| {
        let payload = scrubbed(&recording, config)?;
        Ok((recording.segment_id, payload.unwrap_or_else(|| raw.payload.clone())))
    });
    done.push(match read {
        Ok((segment, payload)) => {
            let keys = Keys {
                key: raw.event_id().map(|id| id.to_string()).unwrap_or_default(),
                position: segment.into(),
                ..Keys::default()
            };
            stored::keep(raw, StoredItemKind::ReplayRecording, keys, payload, raw.quantities())
        }
        Err(error) => stored::refused(raw, &error),
    });
}

/// An item `replay_video`: its parts are kept each by itself, and it counts once.
pub(super) fn video(raw: &RawItem, config: &ProjectConfig, done: &mut Vec<Processed>) {
    let invalid = |error: Invalid| stored::invalid(&raw.meta, &error);
    let parts = ReplayVideo::parse(&raw.payload).map_err(invalid).and_then(|video| {
        let event = steps(video.event, raw, config)?;
        let recording = scrubbed(&video.recording, config).map_err(invalid)?;
        let recording = recording.unwrap_or_else(|| video.recording.to_bytes().into());
        Ok((event, recording, Bytes::copy_from_slice(video.video)))
    });
    let (event, recording, video) = match parts {
        Ok(parts) => parts,
        Err(outcome) => return done.push(Processed::counted(raw, outcome)),
    };
    let payload = event.to_json().to_string();
    let keep = |kind, payload: Bytes, quantities| stored::keep(raw, kind, keys(&event), payload, quantities);
    done.push(keep(StoredItemKind::ReplayEvent, payload.into(), Vec::new()));
    done.push(keep(StoredItemKind::ReplayRecording, recording, Vec::new()));
    done.push(keep(StoredItemKind::ReplayVideo, video, raw.quantities()));
}

fn keys(event: &ReplayEvent) -> Keys {
    Keys {
        key: event.replay_id.to_string(),
        position: event.segment_id.into(),
        timestamp: event.event.timestamp,
        release: event.event.release.clone(),
        environment: event.event.environment.clone(),
        ..Keys::default()
    }
}

/// What a replay shares with events goes through the steps of an event (`ingest.md` §11).
fn steps(mut replay: ReplayEvent, raw: &RawItem, config: &ProjectConfig) -> Result<ReplayEvent, Outcome> {
    let level = replay.event.level;
    let context = Context {
        sent_at: raw.envelope.sent_at,
        client_ip: raw.meta.client_ip,
        user_agent: raw.meta.user_agent.as_deref(),
        sdk_client: raw.meta.sdk_client.as_deref(),
        geo: config.geo.as_deref(),
        ..Context::new(raw.meta.received_at, EventId(replay.replay_id.0))
    };
    normalize::event(&mut replay.event, &context).map_err(|invalid| Outcome::invalid(invalid.reason))?;
    // Nothing went wrong: a level is only for what says one.
    replay.event.level = level;
    let item = filter::Item {
        user_ip: replay.event.user.as_ref().and_then(|user| user.ip_address.as_deref()),
        release: replay.event.release.as_deref(),
        request: replay.event.request.as_ref(),
        fields: Some(&replay.event),
        ..filter::Item::default()
    };
    let user_agent = filter::user_agent(&replay.event, None);
    if let Some(reason) = stored::filtered(config, &raw.meta, user_agent, item) {
        return Err(reason.into());
    }
    config.scrubber.replay_event(&mut replay.event, &mut replay.urls);
    normalize::trim(&mut replay.event);
    Ok(replay)
}

/// Reads all of a recording. `None`: nothing is to be scrubbed, so it can be kept as it was sent.
fn scrubbed(recording: &Recording<'_>, config: &ProjectConfig) -> Result<Option<Bytes>, Invalid> {
    if config.scrubber.is_empty() {
        return recording.check().map(|_| None);
    }
    let (payload, _) = recording.rewrite(|event| config.scrubber.replay_recording(event))?;
    Ok(Some(payload.into()))
}
