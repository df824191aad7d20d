//! What to paste into a program so that its errors arrive here: the official SDKs with the project's DSN.

use super::sdk::Sdk;

/// How to install an SDK, how to start it, and how to send a first error with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snippet {
    pub(crate) install: String,
    pub(crate) file: &'static str,
    pub(crate) code: String,
}

pub(crate) fn snippet(sdk: Sdk, dsn: &str) -> Snippet {
    let (install, file, code) = template(sdk);
    Snippet {
        install: install.to_owned(),
        file,
        code: code.replace("{dsn}", dsn),
    }
}

/// The parts of a snippet, with `{dsn}` where the DSN goes.
fn template(sdk: Sdk) -> (&'static str, &'static str, &'static str) {
    match sdk {
        Sdk::Python => (
            "pip install sentry-sdk",
            "first lines of your program",
            "import sentry_sdk\n\nsentry_sdk.init(dsn=\"{dsn}\")\n\n1 / 0  # your first event",
        ),
        Sdk::Node => (
            "npm install @sentry/node",
            "instrument.mjs, loaded with: node --import ./instrument.mjs app.mjs",
            "import * as Sentry from \"@sentry/node\";\n\nSentry.init({ dsn: \"{dsn}\" });\n\n\
             Sentry.captureException(new Error(\"my first event\"));",
        ),
        Sdk::Browser => (
            "npm install @sentry/browser",
            "entry of your bundle",
            "import * as Sentry from \"@sentry/browser\";\n\nSentry.init({ dsn: \"{dsn}\" });\n\n\
             setTimeout(() => { throw new Error(\"my first event\"); });",
        ),
        Sdk::React => (
            "npm install @sentry/react",
            "main.jsx",
            "import * as Sentry from \"@sentry/react\";\nimport { createRoot } from \"react-dom/client\";\n\n\
             Sentry.init({ dsn: \"{dsn}\" });\n\n\
             createRoot(document.getElementById(\"root\"), {\n  onUncaughtError: Sentry.reactErrorHandler(),\n  \
             onCaughtError: Sentry.reactErrorHandler(),\n  onRecoverableError: Sentry.reactErrorHandler(),\n}).render(<App />);",
        ),
        Sdk::Php => (
            "composer require sentry/sentry",
            "index.php",
            "<?php\nrequire __DIR__ . '/vendor/autoload.php';\n\n\\Sentry\\init(['dsn' => '{dsn}']);\n\n\
             throw new \\Exception('my first event');",
        ),
        Sdk::Ruby => (
            "bundle add sentry-ruby",
            "config/initializers/sentry.rb, or the start of your program",
            "require \"sentry-ruby\"\n\nSentry.init do |config|\n  config.dsn = \"{dsn}\"\nend\n\n\
             Sentry.capture_message(\"my first event\")",
        ),
        Sdk::Go => (
            "go get github.com/getsentry/sentry-go",
            "main.go",
            "package main\n\nimport (\n\t\"errors\"\n\t\"log\"\n\t\"time\"\n\n\t\"github.com/getsentry/sentry-go\"\n)\n\n\
             func main() {\n\tif err := sentry.Init(sentry.ClientOptions{Dsn: \"{dsn}\"}); err != nil {\n\t\tlog.Fatal(err)\n\t}\n\t\
             defer sentry.Flush(2 * time.Second)\n\n\tsentry.CaptureException(errors.New(\"my first event\"))\n}",
        ),
        Sdk::Java => (
            "implementation(\"io.sentry:sentry:8.+\")",
            "Main.java",
            "import io.sentry.Sentry;\n\npublic class Main {\n    public static void main(String[] args) {\n        \
             Sentry.init(options -> options.setDsn(\"{dsn}\"));\n\n        \
             Sentry.captureException(new IllegalStateException(\"my first event\"));\n    }\n}",
        ),
        Sdk::DotNet => (
            "dotnet add package Sentry",
            "Program.cs",
            "using Sentry;\n\nusing var sentry = SentrySdk.Init(options =>\n{\n    options.Dsn = \"{dsn}\";\n});\n\n\
             SentrySdk.CaptureMessage(\"my first event\");",
        ),
        Sdk::Rust => (
            "cargo add sentry",
            "src/main.rs",
            "fn main() {\n    let _sentry = sentry::init((\n        \"{dsn}\",\n        \
             sentry::ClientOptions { release: sentry::release_name!(), ..Default::default() },\n    ));\n\n    \
             panic!(\"my first event\");\n}",
        ),
        Sdk::Elixir => (
            "{:sentry, \"~> 11.0\"}, {:hackney, \"~> 1.20\"}  # in mix.exs",
            "config/config.exs",
            "import Config\n\nconfig :sentry,\n  dsn: \"{dsn}\",\n  environment_name: Mix.env()\n\n\
             # then, in iex: Sentry.capture_message(\"my first event\")",
        ),
        Sdk::Flutter => (
            "flutter pub add sentry_flutter",
            "lib/main.dart",
            "import 'package:flutter/widgets.dart';\nimport 'package:sentry_flutter/sentry_flutter.dart';\n\n\
             Future<void> main() async {\n  await SentryFlutter.init(\n    (options) => options.dsn = '{dsn}',\n    \
             appRunner: () => runApp(const MyApp()),\n  );\n  await Sentry.captureMessage('my first event');\n}",
        ),
        Sdk::Android => (
            "implementation(\"io.sentry:sentry-android:8.+\")",
            "AndroidManifest.xml, inside <application>",
            "<meta-data android:name=\"io.sentry.dsn\" android:value=\"{dsn}\" />\n\n\
             <!-- then anywhere: Sentry.captureMessage(\"my first event\") -->",
        ),
        Sdk::Apple => (
            "https://github.com/getsentry/sentry-cocoa  (Swift package)",
            "AppDelegate.swift",
            "import Sentry\n\nSentrySDK.start { options in\n    options.dsn = \"{dsn}\"\n}\n\n\
             SentrySDK.capture(message: \"my first event\")",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_snippet_holds_the_dsn_once() {
        for sdk in Sdk::ALL {
            let snippet = snippet(sdk, "http://key@127.0.0.1:9000/1");
            assert_eq!(
                snippet.code.matches("http://key@127.0.0.1:9000/1").count(),
                1,
                "{sdk:?}"
            );
            assert!(
                !snippet.code.contains("{dsn}") && !snippet.install.is_empty(),
                "{sdk:?}"
            );
        }
    }
}
