//! The HTTP rules of methods (`google.api.http`): where their fields go in REST.

use super::{caller::Caller, codec, descriptors};
use crate::camel_case::camel_case;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage};
use serde_json::{Value, json};
use tonic::{Code, Status};

/// Characters of values that are not encoded in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Calls `method` by REST. A method can have several rules; the first that fits
/// the message and leads to a method that is simulated is it.
pub(super) async fn call(
    caller: &Caller,
    method: &MethodDescriptor,
    message: &DynamicMessage,
) -> Result<Value, Status> {
    let message = codec::json(message)?;
    let name = method.full_name();
    let mut refusal = Status::unimplemented(format!("the local cloud does not have {name}"));
    for rule in rules(method) {
        let Some((uri, body)) = rule.request(&message) else {
            continue;
        };
        match caller.call(&rule.verb, &uri, body.as_ref()).await {
            Err(status) if status.code() == Code::Unimplemented => refusal = status,
            result => return result,
        }
    }
    Err(refusal)
}

/// Verb, path template, and the field that is the body (`*`: all that are not in
/// the path; empty: none).
#[derive(Debug)]
struct Rule {
    verb: Method,
    template: String,
    body: String,
}

fn rules(method: &MethodDescriptor) -> Vec<Rule> {
    let options = method.options();
    let extension = descriptors::http_rule();
    let mut rules = Vec::new();
    if options.has_extension(&extension)
        && let Some(rule) = options.get_extension(&extension).as_message()
    {
        rules.extend(Rule::parse(rule));
        let more = rule.get_field_by_name("additional_bindings");
        let more = more.iter().filter_map(|more| more.as_list()).flatten();
        rules.extend(more.filter_map(|rule| Rule::parse(rule.as_message()?)));
    }
    rules.extend(overridden(method));
    rules
}

/// APIs give the methods that they share other paths than their own files say.
fn overridden(method: &MethodDescriptor) -> Vec<Rule> {
    let rule = |verb: &Method, template: &str| Rule {
        verb: verb.clone(),
        template: template.to_owned(),
        body: String::new(),
    };
    let versions = |verb: &Method, suffix: &str| -> Vec<Rule> {
        let versions = ["v1", "v2", "v3"].iter();
        versions
            .map(|version| rule(verb, &format!("/{version}/{{name=**}}{suffix}")))
            .collect()
    };
    match method.full_name() {
        "google.iam.v1.IAMPolicy.GetIamPolicy" => {
            vec![rule(&Method::GET, "/v1/{resource=**}:getIamPolicy")]
        }
        "google.longrunning.Operations.GetOperation" => versions(&Method::GET, ""),
        "google.longrunning.Operations.ListOperations" => versions(&Method::GET, "/operations"),
        _ => Vec::new(),
    }
}

impl Rule {
    fn parse(rule: &DynamicMessage) -> Option<Self> {
        let pattern = rule.descriptor().oneofs().find(|o| o.name() == "pattern")?;
        let field = pattern.fields().find(|field| rule.has_field(field))?;
        let verb = Method::from_bytes(field.name().to_ascii_uppercase().as_bytes()).ok()?;
        let text = |name: &str| {
            let value = rule.get_field_by_name(name)?;
            Some(value.as_str()?.to_owned())
        };
        Some(Self {
            verb,
            template: rule.get_field(&field).as_str()?.to_owned(),
            body: text("body").unwrap_or_default(),
        })
    }

    /// URI and body for a message; `None` if the path does not fit it.
    fn request(&self, message: &Value) -> Option<(String, Option<Value>)> {
        let mut rest = message.clone();
        let mut uri = String::new();
        let mut template = self.template.as_str();
        while let Some((before, variable)) = template.split_once('{') {
            let (variable, after) = variable.split_once('}')?;
            let (path, pattern) = variable.split_once('=').unwrap_or((variable, "*"));
            let value = take(&mut rest, path)?;
            if !fits(pattern, &value) {
                return None;
            }
            uri += before;
            uri.extend(utf8_percent_encode(&value, PLAIN));
            template = after;
        }
        uri += template;
        let body = match self.body.as_str() {
            "" => None,
            "*" => Some(std::mem::take(&mut rest)),
            // The whole field, also what is in the path.
            field => {
                let name = camel_case(field);
                rest.as_object_mut()?.remove(&name);
                Some(message.get(&name).cloned().unwrap_or_else(|| json!({})))
            }
        };
        let mut query = Vec::new();
        flatten("", &rest, &mut query);
        if !query.is_empty() {
            uri += "?";
            uri += &query.join("&");
        }
        Some((uri, body))
    }
}

/// Takes a field, `topic.name`, out of a message.
fn take(message: &mut Value, path: &str) -> Option<String> {
    let (parents, field) = match path.rsplit_once('.') {
        Some((parents, field)) => (parents.split('.').collect(), field),
        None => (Vec::new(), path),
    };
    let mut at = message;
    for parent in parents {
        at = at.get_mut(camel_case(parent))?;
    }
    let value = at.as_object_mut()?.remove(&camel_case(field))?;
    let text = value.as_str().map(str::to_owned);
    Some(text.unwrap_or_else(|| value.to_string()))
}

/// Whether a value is as `projects/*/topics/*` says; `**` is any number of
/// segments.
fn fits(pattern: &str, value: &str) -> bool {
    let mut segments = value.split('/');
    let mut patterns = pattern.split('/').peekable();
    while let Some(expected) = patterns.next() {
        if expected == "**" && patterns.peek().is_none() {
            return true;
        }
        match segments.next() {
            Some(segment) if !segment.is_empty() && matches!(expected, "*" | "**") => {}
            Some(segment) if segment == expected => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

/// The fields that are neither in the path nor in the body, as parameters.
fn flatten(prefix: &str, value: &Value, query: &mut Vec<String>) {
    let text = match value {
        Value::Null => return,
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{name}"), value, query);
            }
            return;
        }
        Value::Array(items) => return items.iter().for_each(|item| flatten(prefix, item, query)),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    };
    query.push(format!(
        "{prefix}={}",
        utf8_percent_encode(&text, NON_ALPHANUMERIC)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Method and URI of the first rule that fits, and its body.
    fn request(path: &str, message: Value) -> (String, Option<Value>) {
        let method = descriptors::method(path).expect("a method");
        let fitting = rules(&method).into_iter().find_map(|rule| {
            let (uri, body) = rule.request(&message)?;
            Some((format!("{} {uri}", rule.verb), body))
        });
        fitting.expect("a rule")
    }

    #[test]
    fn fields_go_where_the_rule_says() {
        let publish = json!({ "topic": "projects/p/topics/t", "messages": [{ "data": "eA==" }] });
        assert_eq!(
            request("/google.pubsub.v1.Publisher/Publish", publish),
            (
                "POST /v1/projects/p/topics/t:publish".to_owned(),
                Some(json!({ "messages": [{ "data": "eA==" }] }))
            )
        );
        let update = json!({
            "secret": { "name": "projects/p/secrets/s", "labels": { "a": "b" } },
            "updateMask": "labels,topics",
        });
        assert_eq!(
            request(
                "/google.cloud.secretmanager.v1.SecretManagerService/UpdateSecret",
                update
            ),
            (
                "PATCH /v1/projects/p/secrets/s?updateMask=labels%2Ctopics".to_owned(),
                Some(json!({ "name": "projects/p/secrets/s", "labels": { "a": "b" } }))
            )
        );
        let list = json!({ "parent": "projects/p", "pageSize": 2, "filter": "a = b" });
        assert_eq!(
            request(
                "/google.cloud.secretmanager.v1.SecretManagerService/ListSecrets",
                list
            ),
            (
                "GET /v1/projects/p/secrets?filter=a%20%3D%20b&pageSize=2".to_owned(),
                None
            )
        );
    }

    #[test]
    fn the_rule_that_fits_the_names_is_taken() {
        let parent = "projects/p/databases/d/documents";
        for (parent, path) in [
            (parent.to_owned(), format!("POST /v1/{parent}:runQuery")),
            (
                format!("{parent}/a/b"),
                format!("POST /v1/{parent}/a/b:runQuery"),
            ),
        ] {
            let message = json!({ "parent": parent, "structuredQuery": {} });
            let (found, _) = request("/google.firestore.v1.Firestore/RunQuery", message);
            assert_eq!(found.replace("%28", "("), path);
        }
    }
}
