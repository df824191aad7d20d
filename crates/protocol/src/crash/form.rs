//! The form in which crash handlers send a dump: the dump itself, files beside it, and fields that are the event
//! (`ingest.md` §1.1).

use model::EventId;
use serde_json::Value;

use super::{attached_event, minidump};
use crate::{
    event::Object,
    form::{
        event_fields::{EventFields, merge_below},
        multipart::{self, Part},
    },
    items::{
        Invalid,
        attachment::{AttachmentType, event_id},
    },
};

/// The field of the form that holds a dump of a PlayStation.
const PROSPERODUMP_FIELD: &str = "upload_file_prosperodump";
const PROSPERODUMP_SUFFIX: &str = ".prosperodmp";
const VIEW_HIERARCHY: &str = "view-hierarchy.json";

/// What a crash handler sent.
#[derive(Debug)]
pub struct CrashForm<'a> {
    /// The dump as it was sent, perhaps packed.
    pub dump: Dump<'a>,
    /// An event in MessagePack.
    pub event: Option<&'a [u8]>,
    pub breadcrumbs: Vec<&'a [u8]>,
    pub fields: EventFields,
    /// Other files.
    pub files: Vec<(AttachmentType, Part<'a>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump<'a> {
    pub kind: AttachmentType,
    pub name: Option<String>,
    pub bytes: &'a [u8],
}

impl<'a> CrashForm<'a> {
    /// `content_type` is the whole header.
    pub fn parse(content_type: &str, body: &'a [u8]) -> Result<Self, Invalid> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        if matches!(kind, "application/octet-stream" | "application/x-dmp") {
            let dump = Dump {
                kind: AttachmentType::Minidump,
                name: None,
                bytes: body,
            };
            return Ok(Self::of_dump(dump));
        }
        let invalid = |error: multipart::MultipartError| Invalid::new("invalid_multipart", error.to_string());
        let boundary = multipart::boundary(content_type).map_err(invalid)?;
        let parts = multipart::parts(&boundary, body).map_err(invalid)?;
        Self::of_parts(parts)
    }

    fn of_dump(dump: Dump<'a>) -> Self {
        Self {
            dump,
            event: None,
            breadcrumbs: Vec::new(),
            fields: EventFields::default(),
            files: Vec::new(),
        }
    }

    fn of_parts(parts: Vec<Part<'a>>) -> Result<Self, Invalid> {
        let mut dump = None;
        let (mut event, mut breadcrumbs, mut files) = (None, Vec::new(), Vec::new());
        let mut fields = EventFields::default();
        for part in parts {
            match part.name.as_str() {
                minidump::FORM_FIELD if dump.is_none() => dump = Some(of_part(AttachmentType::Minidump, part)),
                PROSPERODUMP_FIELD if dump.is_none() => dump = Some(of_part(AttachmentType::Prosperodump, part)),
                attached_event::EVENT_FIELD => event = Some(part.body),
                name if attached_event::BREADCRUMB_FIELDS.contains(&name) => breadcrumbs.push(part.body),
                name => match &part.filename {
                    None => {
                        fields.push(name, &part.text());
                    }
                    Some(file) if file.ends_with(PROSPERODUMP_SUFFIX) && dump.is_none() => {
                        dump = Some(of_part(AttachmentType::Prosperodump, part));
                    }
                    Some(file) if file == VIEW_HIERARCHY => files.push((AttachmentType::ViewHierarchy, part)),
                    Some(_) => files.push((AttachmentType::Attachment, part)),
                },
            }
        }
        let dump = dump.filter(|dump| !dump.bytes.is_empty());
        Ok(Self {
            dump: dump.ok_or_else(|| Invalid::new("missing_minidump_upload", "no field holds a dump"))?,
            event,
            breadcrumbs,
            fields,
            files,
        })
    }

    /// The id that the event names, wherever it stands.
    pub fn event_id(&self) -> Option<EventId> {
        let attached = self.event.and_then(|bytes| attached_event::event(bytes).ok());
        let attached = attached.and_then(|event| event_id(&Value::Object(event)));
        attached.or_else(|| event_id(&Value::Object(self.fields.event())))
    }

    /// The event of the crash, without what the dump says.
    pub fn event(&self) -> Object {
        let mut event = self
            .event
            .and_then(|bytes| attached_event::event(bytes).ok())
            .unwrap_or_default();
        merge_below(&mut event, Value::Object(self.fields.event()));
        attached_event::add_breadcrumbs(&mut event, &self.breadcrumbs);
        event
    }
}

/// Old versions of Electron put a form of its own into the field, with the dump in the same field of that.
fn of_part(kind: AttachmentType, part: Part<'_>) -> Dump<'_> {
    let nested = multipart::boundary_of_body(part.body)
        .and_then(|boundary| multipart::parts(&boundary, part.body).ok())
        .and_then(|parts| parts.into_iter().find(|inner| inner.name == part.name));
    let part = nested.unwrap_or(part);
    Dump {
        kind,
        name: part.filename,
        bytes: part.body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";

    fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, filename, bytes) in parts {
            let filename = filename
                .map(|filename| format!("; filename=\"{filename}\""))
                .unwrap_or_default();
            body.extend_from_slice(
                format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        body
    }

    #[test]
    fn a_dump_and_what_is_beside_it() {
        let body = form(&[
            ("upload_file_minidump", Some("a.dmp"), b"MDMP\r\n--bb"),
            (
                "__sentry-event",
                Some("__sentry-event"),
                b"\x82\xa8event_id\xd9\x20c6b9c90572a24382a0a9c1596d429a01\xa7release\xa1a",
            ),
            (
                "__sentry-breadcrumb1",
                Some("__sentry-breadcrumb1"),
                b"\x81\xa7message\xa1x",
            ),
            ("sentry[release]", None, b"b"),
            ("guid", None, b"7"),
            ("log", Some("app.log"), b"text"),
            ("view", Some("view-hierarchy.json"), b"{}"),
        ]);
        let form = CrashForm::parse(TYPE, &body).unwrap();
        assert_eq!(
            form.dump,
            Dump {
                kind: AttachmentType::Minidump,
                name: Some("a.dmp".to_owned()),
                bytes: b"MDMP\r\n--bb"
            }
        );
        assert_eq!(form.event_id().unwrap().to_string(), "c6b9c90572a24382a0a9c1596d429a01");
        let event = form.event();
        assert_eq!(
            (&event["release"], &event["extra"]["guid"]),
            (&Value::from("a"), &Value::from("7"))
        );
        assert_eq!(event["breadcrumbs"]["values"][0]["message"], "x");
        let files: Vec<_> = form
            .files
            .iter()
            .map(|(kind, part)| (*kind, part.filename.as_deref().unwrap()))
            .collect();
        assert_eq!(
            files,
            [
                (AttachmentType::Attachment, "app.log"),
                (AttachmentType::ViewHierarchy, "view-hierarchy.json")
            ]
        );
    }

    #[test]
    fn where_the_id_stands() {
        let of = |parts: &[(&str, Option<&str>, &[u8])]| {
            let parts: Vec<_> = parts
                .iter()
                .copied()
                .chain([("upload_file_minidump", Some("a"), &b"MDMP"[..])])
                .collect();
            CrashForm::parse(TYPE, &form(&parts))
                .unwrap()
                .event_id()
                .map(|id| id.to_string())
        };
        let (one, two) = ("c6b9c90572a24382a0a9c1596d429a01", "d6b9c90572a24382a0a9c1596d429a02");
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("sentry[event_id]", None, two.as_bytes())]).as_deref(), Some(two));
        let json = format!("{{\"event_id\":\"{one}\"}}");
        assert_eq!(of(&[("sentry", None, json.as_bytes())]).as_deref(), Some(one));
        assert_eq!(
            of(&[
                ("sentry", None, json.as_bytes()),
                ("sentry[event_id]", None, two.as_bytes())
            ])
            .as_deref(),
            Some(one)
        );
    }

    #[test]
    fn a_form_within_the_field() {
        let inner = b"--n\r\nContent-Disposition: form-data; name=\"upload_file_minidump\"; filename=\"in.dmp\"\r\n\r\nMDMP\r\n--n--\r\n";
        let body = form(&[("upload_file_minidump", Some("out.dmp"), inner)]);
        let form = CrashForm::parse(TYPE, &body).unwrap();
        assert_eq!(
            (form.dump.name.as_deref(), form.dump.bytes),
            (Some("in.dmp"), &b"MDMP"[..])
        );
    }

    #[test]
    fn raw_dumps_and_what_is_none() {
        assert_eq!(
            CrashForm::parse("application/x-dmp", b"MDMP").unwrap().dump.bytes,
            b"MDMP"
        );
        let reason = |content_type: &str, body: &[u8]| CrashForm::parse(content_type, body).unwrap_err().reason;
        assert_eq!(reason("multipart/form-data", b""), "invalid_multipart");
        assert_eq!(reason(TYPE, b"x"), "invalid_multipart");
        assert_eq!(reason(TYPE, &form(&[("a", None, b"1")])), "missing_minidump_upload");
        assert_eq!(
            reason(TYPE, &form(&[("upload_file_minidump", Some("a"), b"")])),
            "missing_minidump_upload"
        );
        let playstation = form(&[("dump", Some("x.prosperodmp"), b"x")]);
        assert_eq!(
            CrashForm::parse(TYPE, &playstation).unwrap().dump.kind,
            AttachmentType::Prosperodump
        );
    }
}
