use std::io::Write;

use serde_json::{Value, json};

use super::*;
use crate::items::attachment::AttachmentType;

fn text(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len() + 1).unwrap();
    [&length.to_le_bytes()[..], text.as_bytes(), b"\0"].concat()
}

fn head(files: usize) -> Vec<u8> {
    let numbers = [1000, u32::try_from(files).unwrap()];
    [
        text("UE4CC-Windows-1234"),
        text("crash.ue4crash"),
        numbers.map(u32::to_le_bytes).concat(),
    ]
    .concat()
}

fn files(list: &[(&str, &[u8])]) -> Vec<u8> {
    let file = |(index, (name, bytes)): (usize, &(&str, &[u8]))| {
        let (index, length) = (u32::try_from(index).unwrap(), u32::try_from(bytes.len()).unwrap());
        [&index.to_le_bytes()[..], &text(name), &length.to_le_bytes(), bytes].concat()
    };
    list.iter().enumerate().flat_map(file).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn old_form(list: &[(&str, &[u8])]) -> Vec<u8> {
    packed(&[head(0), files(list), head(list.len())].concat())
}

fn new_form(list: &[(&str, &[u8])]) -> Vec<u8> {
    packed(&[b"CR1".to_vec(), head(list.len()), files(list)].concat())
}

const CONTEXT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- written by the engine -->
<FGenericCrashContext>
<RuntimeProperties>
<CrashGUID>UE4CC-Windows-1234</CrashGUID>
<ErrorMessage>Access violation &lt;0x0&gt; &amp; more &#x2603; &unknown;</ErrorMessage>
<UserName>anna</UserName>
<EpicAccountId>abc</EpicAccountId>
<MachineId>def</MachineId>
<UserDescription>It broke when I jumped</UserDescription>
<CrashType>Crash</CrashType>
<Misc.OSVersionMajor>Windows 10</Misc.OSVersionMajor>
<Misc.PrimaryGPUBrand><![CDATA[GPU <1>]]></Misc.PrimaryGPUBrand>
<MemoryStats.TotalPhysical>17179869184</MemoryStats.TotalPhysical>
<Empty/>
<Nothing></Nothing>
</RuntimeProperties>
<PlatformProperties><PlatformIsRunningWindows>1</PlatformIsRunningWindows></PlatformProperties>
<EngineData><MatchingDPStatus>Windows</MatchingDPStatus></EngineData>
<GameData><level>7</level><__sentry>{"release":"game@1","tags":{"crash_type":"mine"}}</__sentry></GameData>
</FGenericCrashContext>"#;

const LOG: &[u8] =
    b"Log file open, 10/29/18 17:56:37\r\n[2018.10.29-16.56.38:332][  0]LogGameMode: Display: Match State Changed\r\n";

fn crash() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("CrashContext.runtime-xml", CONTEXT.as_bytes()),
        ("MyGame.log", LOG),
        ("UE4Minidump.dmp", b"MDMP\x93\xa7\0\0"),
        ("CrashReportClient.ini", b"[CrashReportClient]"),
    ]
}

#[test]
fn both_forms_hold_the_same_files() {
    let old = UnrealCrash::parse(&old_form(&crash())).unwrap();
    let new = UnrealCrash::parse(&new_form(&crash())).unwrap();
    assert_eq!(old.files().collect::<Vec<_>>(), new.files().collect::<Vec<_>>());
    assert_eq!(old.name, "UE4CC-Windows-1234");
    let types: Vec<_> = old.files().map(|file| file.attachment_type()).collect();
    assert_eq!(
        types,
        [
            AttachmentType::UnrealContext,
            AttachmentType::UnrealLogs,
            AttachmentType::Minidump,
            AttachmentType::Attachment
        ]
    );
}

#[test]
fn what_the_archive_says_of_the_event() {
    let mut event = Object::new();
    let wrote = describe(&mut event, &UnrealCrash::parse(&new_form(&crash())).unwrap());
    assert_eq!(wrote.as_deref(), Some("It broke when I jumped"));
    assert_eq!(
        event["logentry"]["formatted"],
        "Access violation <0x0> & more ☃ &unknown;"
    );
    assert_eq!(event["user"], json!({"id": "abc|def", "username": "anna"}));
    assert_eq!(event["release"], "game@1");
    assert_eq!(
        event["tags"],
        json!({"crash_type": "mine", "epic_account_id": "abc", "machine_id": "def"})
    );
    let contexts = &event["contexts"];
    assert_eq!(contexts["os"]["name"], "Windows 10");
    assert_eq!(contexts["gpu"]["name"], "GPU <1>");
    assert_eq!(contexts["device"]["memory_size"], 17_179_869_184_u64);
    assert_eq!(contexts["unreal"]["game_data"], json!({"level": "7"}));
    assert_eq!(contexts["unreal"]["engine_data"]["MatchingDPStatus"], "Windows");
    assert_eq!(contexts["unreal"]["PlatformIsRunningWindows"], "1");
    assert_eq!(contexts["unreal"].get("UserDescription"), None);
    assert_eq!(event["exception"]["values"][0]["type"], "Minidump");
    assert_eq!(
        event["breadcrumbs"]["values"][1],
        json!({"message": "Display: Match State Changed", "timestamp": "2018-10-29T16:56:38.332Z", "category": "LogGameMode"})
    );
    assert_eq!(
        event["breadcrumbs"]["values"][0],
        json!({"message": "Log file open, 10/29/18 17:56:37"})
    );
}

#[test]
fn a_crash_without_a_dump() {
    let of = |list: &[(&str, &[u8])]| {
        let mut event = Object::new();
        describe(&mut event, &UnrealCrash::parse(&new_form(list)).unwrap());
        event["exception"]["values"][0]["type"].clone()
    };
    assert_eq!(of(&[("a.txt", b"Incident Identifier: x")]), "AppleCrashReport");
    assert_eq!(of(&[]), "UnrealCrash");
}

#[test]
fn every_reason() {
    let reason = |bytes: &[u8]| UnrealCrash::parse(bytes).unwrap_err().reason;
    assert_eq!(reason(b""), "no_data");
    assert_eq!(reason(b"no zlib"), "process_unreal");
    assert_eq!(reason(&packed(b"")), "process_unreal");
    assert_eq!(reason(&packed(b"CR1")), "process_unreal");
    assert_eq!(reason(&packed(b"CR1\xff\xff\xff\xff")), "process_unreal");
    assert_eq!(reason(&packed(&[b"CR1".to_vec(), head(1)].concat())), "process_unreal");
    assert_eq!(
        reason(&packed(&[b"CR1".to_vec(), head(0), b"x".to_vec()].concat())),
        "process_unreal"
    );
    assert_eq!(reason(&packed(&[head(0), head(1)].concat())), "process_unreal");
    let many: Vec<(&str, &[u8])> = vec![("a", b"x"); 101];
    assert_eq!(reason(&new_form(&many)), "process_unreal");
}

#[test]
fn broken_descriptions_say_what_they_can() {
    for end in 0..CONTEXT.len() {
        Description::read(&CONTEXT.as_bytes()[..end]).merge_into(&mut Object::new());
    }
    let deep = "<a>".repeat(1_000_000);
    assert_eq!(Description::read(deep.as_bytes()).error_message(), None);
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(CONTEXT.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let mut event = Object::new();
    Description::read(&wide).merge_into(&mut event);
    assert_eq!(event["user"]["username"], Value::from("anna"));
}
