use serde_json::{Value, json};

use super::xml;
use crate::{
    crash::object_at,
    event::{Object, json as event_json},
    form::event_fields::merge_below,
    items::user_report::MAX_COMMENTS_CHARS,
};

const MAX_BYTES: usize = 4 << 20;
/// A field of the game's own data in which an application leaves a part of the event.
const EVENT_KEY: &str = "__sentry";

/// What `CrashContext.runtime-xml` says: names and values of the engine, and of the game.
#[derive(Debug, Default)]
pub struct Description {
    runtime: Vec<(String, String)>,
    engine: Vec<(String, String)>,
    game: Vec<(String, String)>,
}

impl Description {
    pub fn read(xml: &[u8]) -> Self {
        let text = text_of(&xml[..xml.len().min(MAX_BYTES)]);
        let mut description = Self::default();
        for (path, value) in xml::leaves(&text) {
            let [_root, section, names @ ..] = &path[..] else {
                continue;
            };
            let name = names.join(".");
            let list = match *section {
                "RuntimeProperties" | "PlatformProperties" => &mut description.runtime,
                "EngineData" => &mut description.engine,
                "GameData" => &mut description.game,
                _ => continue,
            };
            if !name.is_empty() && !value.is_empty() {
                list.push((name, value));
            }
        }
        description
    }

    fn runtime(&self, name: &str) -> Option<&str> {
        self.runtime
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn error_message(&self) -> Option<&str> {
        self.runtime("ErrorMessage")
    }

    /// What the player wrote.
    pub(super) fn user_description(&self) -> Option<String> {
        Some(
            self.runtime("UserDescription")?
                .chars()
                .take(MAX_COMMENTS_CHARS)
                .collect(),
        )
    }

    pub(super) fn merge_into(&self, event: &mut Object) {
        let own = self
            .game
            .iter()
            .find(|(name, _)| name == EVENT_KEY)
            .map(|(_, value)| value);
        if let Some(Ok(own)) = own.map(|value| event_json::parse(value.as_bytes())) {
            merge_below(event, own);
        }
        merge_below(event, self.event());
    }

    /// What is known to have a place in an event; all of it stands in the context `unreal`.
    fn event(&self) -> Value {
        let mut event = Object::new();
        if let Some(message) = self.error_message() {
            event.insert("logentry".to_owned(), json!({ "formatted": message }));
        }
        let user = object_at(&mut event, "user");
        let ids: Vec<&str> = ["EpicAccountId", "MachineId"]
            .into_iter()
            .filter_map(|name| self.runtime(name))
            .collect();
        match (ids.is_empty(), self.runtime("LoginId")) {
            (false, _) => drop(user.insert("id".to_owned(), ids.join("|").into())),
            (true, Some(login)) => drop(user.insert("id".to_owned(), login.into())),
            (true, None) => {}
        }
        if let Some(name) = self.runtime("UserName") {
            user.insert("username".to_owned(), name.into());
        }
        let contexts = object_at(&mut event, "contexts");
        for (context, field, property) in [
            ("os", "name", "Misc.OSVersionMajor"),
            ("os", "version", "Misc.OSVersionMinor"),
            ("device", "processor", "Misc.CPUBrand"),
            ("device", "memory_size", "MemoryStats.TotalPhysical"),
            ("gpu", "name", "Misc.PrimaryGPUBrand"),
            ("app", "app_name", "GameName"),
            ("app", "app_version", "BuildVersion"),
        ] {
            if let Some(value) = self.runtime(property) {
                let number = value.parse::<u64>().ok().filter(|_| field == "memory_size");
                let value = number.map_or_else(|| Value::from(value), Value::from);
                object_at(contexts, context).insert(field.to_owned(), value);
            }
        }
        let object = |list: &[(String, String)]| -> Object {
            let own = list
                .iter()
                .filter(|(name, _)| name != EVENT_KEY && name != "UserDescription");
            own.map(|(name, value)| (name.clone(), value.as_str().into())).collect()
        };
        let mut unreal = object(&self.runtime);
        for (name, list) in [("engine_data", &self.engine), ("game_data", &self.game)] {
            let object = object(list);
            if !object.is_empty() {
                unreal.insert(name.to_owned(), Value::Object(object));
            }
        }
        if !unreal.is_empty() {
            unreal.insert("type".to_owned(), "unreal".into());
            contexts.insert("unreal".to_owned(), Value::Object(unreal));
        }
        let mut tags = Object::new();
        for (tag, property) in [
            ("epic_account_id", "EpicAccountId"),
            ("machine_id", "MachineId"),
            ("crash_type", "CrashType"),
        ] {
            if let Some(value) = self.runtime(property) {
                tags.insert(tag.to_owned(), value.into());
            }
        }
        event.insert("tags".to_owned(), Value::Object(tags));
        event.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
        Value::Object(event)
    }
}

/// The engine writes UTF-8, and on Windows sometimes UTF-16.
pub(super) fn text_of(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, rest @ ..] => {
            let units: Vec<u16> = rest
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}
