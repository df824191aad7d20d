from sdk import check_scope
from tocsin import entry


def test_what_the_python_sdk_sends_is_found_intact(run_client, api):
    event = check_scope(
        run_client, api, "clients/scope.py", exception="RuntimeError", cause="ValueError", platform="python"
    )
    assert event["sdk"]["name"].startswith("sentry.python")
    frame = entry(event, "exception")["values"][0]["stacktrace"]["frames"][-1]
    assert frame["vars"]["amount"] == "20"
    assert "naïve café 🐍" in str(frame["vars"]["account"])
