//! Contexts: what is known of the circumstances of an event, by name. A context is kept as JSON; the known fields of the
//! known types are checked (`ingest.md` §3.2).

use serde_json::Value;

use super::{
    Object, SpanId, SpanStatus, TraceId,
    decode::{Decoder, Field},
    shape::{
        Others, Read, Shape, array, boolean, cookies, float, headers, id, object, primitive, string, strings, typed,
        unsigned, uuid,
    },
};

/// Contexts by name; each is an object.
pub(super) fn contexts(value: Value, cx: &mut Decoder) -> Object {
    let mut contexts = Object::decode(value, cx);
    let mut gone = false;
    for (name, context) in &mut contexts {
        match context {
            Value::Object(map) => check(name, map, cx),
            Value::Null => gone = true,
            other => {
                let sent = other.take();
                cx.invalid_at(name, sent, "expected an object");
                gone = true;
            }
        }
    }
    if gone {
        contexts.retain(|_, context| !context.is_null());
    }
    contexts
}

/// The type that a context says, else its name, decides on its fields.
fn check(name: &str, context: &mut Object, cx: &mut Decoder) {
    let kind = context.get("type").and_then(Value::as_str).unwrap_or(name);
    let Some((_, fields)) = TYPES.iter().find(|(known, _)| *known == kind) else {
        return;
    };
    let shape = Shape {
        fields,
        others: Others::Kept,
    };
    let map = Value::Object(std::mem::take(context));
    *context = cx.with_key(name, map, |map, cx| shape.read(map, cx));
}

type Fields = &'static [(&'static str, Read)];

static TYPES: [(&str, Fields); 18] = [
    ("device", DEVICE),
    ("os", OS),
    ("runtime", RUNTIME),
    ("app", APP),
    ("browser", BROWSER),
    ("gpu", GPU),
    ("trace", TRACE),
    ("profile", &[("profile_id", id), ("profiler_id", id)]),
    ("replay", &[("replay_id", id)]),
    ("feedback", FEEDBACK),
    ("response", RESPONSE),
    ("otel", &[("attributes", object), ("resource", object)]),
    ("unity", UNITY),
    ("spring", &[("active_profiles", strings)]),
    ("flags", &[("values", flags)]),
    ("culture", CULTURE),
    ("memory_info", MEMORY_INFO),
    ("threadpool_info", THREADPOOL_INFO),
];

const DEVICE: Fields = &[
    ("name", string),
    ("family", string),
    ("model", string),
    ("model_id", string),
    ("arch", string),
    ("manufacturer", string),
    ("brand", string),
    ("orientation", string),
    ("screen_resolution", string),
    ("boot_time", string),
    ("battery_status", string),
    ("timezone", string),
    ("cpu_description", string),
    ("device_type", string),
    ("device_unique_identifier", string),
    ("locale", string),
    ("screen_height_pixels", unsigned),
    ("screen_width_pixels", unsigned),
    ("screen_dpi", unsigned),
    ("memory_size", unsigned),
    ("free_memory", unsigned),
    ("usable_memory", unsigned),
    ("storage_size", unsigned),
    ("free_storage", unsigned),
    ("external_storage_size", unsigned),
    ("external_free_storage", unsigned),
    ("processor_count", unsigned),
    ("processor_frequency", unsigned),
    ("screen_density", float),
    ("battery_level", float),
    ("online", boolean),
    ("charging", boolean),
    ("low_memory", boolean),
    ("simulator", boolean),
    ("supports_vibration", boolean),
    ("supports_accelerometer", boolean),
    ("supports_gyroscope", boolean),
    ("supports_audio", boolean),
    ("supports_location_service", boolean),
    ("uuid", uuid),
];

const OS: Fields = &[
    ("os", string),
    ("name", string),
    ("version", string),
    ("build", primitive),
    ("kernel_version", string),
    ("rooted", boolean),
    ("raw_description", string),
    ("distribution_name", string),
    ("distribution_version", string),
    ("distribution_pretty_name", string),
];

const RUNTIME: Fields = &[
    ("runtime", string),
    ("name", string),
    ("version", string),
    ("build", primitive),
    ("raw_description", string),
];

const APP: Fields = &[
    ("app_identifier", string),
    ("app_name", string),
    ("app_version", string),
    ("app_build", primitive),
    ("app_start_time", string),
    ("build_type", string),
    ("device_app_hash", string),
    ("app_memory", unsigned),
    ("in_foreground", boolean),
    ("view_names", strings),
];

const BROWSER: Fields = &[("browser", string), ("name", string), ("version", string)];

const GPU: Fields = &[
    ("name", string),
    ("version", string),
    ("vendor_id", string),
    ("vendor_name", string),
    ("api_type", string),
    ("npot_support", string),
    ("graphics_shader_level", string),
    ("memory_size", unsigned),
    ("max_texture_size", unsigned),
    ("multi_threaded_rendering", boolean),
    ("supports_draw_call_instancing", boolean),
    ("supports_ray_tracing", boolean),
    ("supports_compute_shaders", boolean),
    ("supports_geometry_shaders", boolean),
];

const TRACE: Fields = &[
    ("trace_id", typed::<TraceId>),
    ("span_id", typed::<SpanId>),
    ("parent_span_id", typed::<SpanId>),
    ("op", string),
    ("status", typed::<SpanStatus>),
    ("exclusive_time", float),
    ("client_sample_rate", float),
    ("origin", string),
    ("sampled", boolean),
    ("data", object),
    ("links", array),
];

const FEEDBACK: Fields = &[("message", string), ("contact_email", string)];

const RESPONSE: Fields = &[
    ("status_code", unsigned),
    ("body_size", unsigned),
    ("headers", headers),
    ("cookies", cookies),
];

const UNITY: Fields = &[
    ("rendering_threading_mode", string),
    ("target_frame_rate", string),
    ("copy_texture_support", string),
    ("editor_version", string),
    ("install_mode", string),
];

const CULTURE: Fields = &[
    ("calendar", string),
    ("display_name", string),
    ("locale", string),
    ("timezone", string),
    ("is_24_hour_format", boolean),
];

const MEMORY_INFO: Fields = &[
    ("allocated_bytes", unsigned),
    ("fragmented_bytes", unsigned),
    ("heap_size_bytes", unsigned),
    ("high_memory_load_threshold_bytes", unsigned),
    ("total_available_memory_bytes", unsigned),
    ("memory_load_bytes", unsigned),
    ("total_committed_bytes", unsigned),
    ("promoted_bytes", unsigned),
    ("pinned_objects_count", unsigned),
    ("pause_time_percentage", float),
    ("index", unsigned),
    ("finalization_pending_count", unsigned),
    ("compacted", boolean),
    ("concurrent", boolean),
    ("pause_durations", array),
];

const THREADPOOL_INFO: Fields = &[
    ("min_worker_threads", unsigned),
    ("min_completion_port_threads", unsigned),
    ("max_worker_threads", unsigned),
    ("max_completion_port_threads", unsigned),
    ("available_worker_threads", unsigned),
    ("available_completion_port_threads", unsigned),
];

/// Feature flags that were looked at: `{"flag": …, "result": …}` each.
fn flags(value: Value, cx: &mut Decoder) -> Option<Value> {
    let Value::Array(values) = value else {
        return array(value, cx);
    };
    Some(Value::Array(cx.each(values, |flag, cx| {
        let Value::Object(mut flag) = flag else {
            return object(flag, cx);
        };
        FLAG.check(&mut flag, cx);
        Some(Value::Object(flag))
    })))
}

static FLAG: Shape = Shape {
    fields: &[("flag", string)],
    others: Others::Kept,
};
