//! Converts specs to `project-provisioned` events and back. Pure.

use crate::Spec;
use events::ProjectProvisioned;
use names::ProjectId;
use serde_json::Value;
use std::collections::BTreeMap;

/// The event's name in errors.
const EVENT: &str = "the event project-provisioned";

/// Why a spec with an SSH key cannot be sent as an event.
pub const NO_SECRET: &str = "ssh_key: an event carries no secret: \
    set the project up with `groundcrew account apply --ssh-key FILE` instead";

/// The event that requests `spec`.
///
/// # Errors
/// The spec names an SSH key: events carry no secrets.
pub fn event(spec: &Spec) -> Result<ProjectProvisioned, String> {
    has_no_secret(spec)?;
    let Ok(Value::Object(fields)) = serde_json::to_value(spec) else {
        return Err("the spec is not an object".to_owned());
    };
    let is_set = |value: &Value| !value.is_null() && value.as_array().is_none_or(|a| !a.is_empty());
    Ok(ProjectProvisioned::Provisioned {
        project: spec.project.clone(),
        spec: fields
            .into_iter()
            .filter(|(_, value)| is_set(value))
            .collect(),
    })
}

/// The spec that an event with `fields` requests.
pub(crate) fn requested_spec(
    project: &ProjectId,
    fields: &BTreeMap<String, Value>,
) -> Result<Spec, String> {
    let text = serde_json::to_string(fields).unwrap_or_default();
    let spec = Spec::parse(EVENT, &text, Some(project)).map_err(|fault| fault.to_string())?;
    has_no_secret(&spec).map_err(|fault| format!("{EVENT}: {fault}"))?;
    Ok(spec)
}

fn has_no_secret(spec: &Spec) -> Result<(), String> {
    match spec.ssh_key_file {
        Some(_) => Err(NO_SECRET.to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(more: &str) -> Spec {
        let text = format!("project: customer-project\n{more}");
        Spec::parse("x.yaml", &text, None).expect("valid")
    }

    #[test]
    fn an_event_carries_the_whole_spec() {
        for more in [
            "",
            "deployment: blue\nregions: [us-east1]\nbucket: their-bucket\n",
        ] {
            let spec = spec(more);
            let Ok(ProjectProvisioned::Provisioned {
                project,
                spec: fields,
            }) = event(&spec)
            else {
                panic!("{more}");
            };
            assert_eq!(requested_spec(&project, &fields), Ok(spec), "{fields:?}");
            assert!(fields.values().all(|value| !value.is_null()), "{fields:?}");
        }
    }

    #[test]
    fn an_event_cannot_carry_an_ssh_key() {
        let with_key = spec("ssh_key: keys/id_ed25519\n");
        assert_eq!(event(&with_key), Err(NO_SECRET.to_owned()));
        let Ok(Value::Object(fields)) = serde_json::to_value(&with_key) else {
            panic!("fields");
        };
        let read = requested_spec(&with_key.project, &fields.into_iter().collect());
        let fault = read.expect_err("refused");
        assert!(fault.ends_with(NO_SECRET), "{fault}");
    }
}
