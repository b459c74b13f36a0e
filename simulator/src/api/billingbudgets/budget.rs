//! Budgets.

use crate::{
    ApiError, Call, Cloud,
    api::{cloudbilling::account_resource, pubsub::TOPIC},
    collection::{IdSource, Kind, Row, Verb},
    iam::{RequiredPermission, hash},
};
use serde_json::{Value, json};

pub(crate) static BUDGET: Kind = Kind::new("billingbudgets.v1", "billingAccounts.budgets")
    .type_name("Budget")
    .id(IdSource::Assigned(|cloud, _| new_id(cloud)), "", |_| true)
    .unsimulated(&["spendCap"])
    // They are on the account, see `requires`.
    .permissions(&[("*", &[])])
    .requires(requires)
    .prepare(prepare)
    .listed(|cloud, call, _, row| {
        let scope = call.query("scope").map(|scope| with_number(cloud, scope));
        let projects = row.body["budgetFilter"]["projects"].as_array();
        scope.is_none_or(|scope| projects.is_some_and(|projects| projects.contains(&scope.into())))
    });

/// A UUID, the same in every run.
fn new_id(cloud: &mut Cloud) -> String {
    let number = cloud.resources.next_id();
    let (high, low) = (hash(&[&number, "high"]), hash(&[&number, "low"]));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

fn account_of(name: &str) -> &str {
    name.split_once("/budgets")
        .map_or(name, |(account, _)| account)
}

/// As documented, who connects a topic must be allowed to set its policy.
fn requires(_: &Cloud, call: &Call, verb: Verb, name: &str) -> Vec<RequiredPermission> {
    let permissions: &[&'static str] = match verb {
        Verb::Create => &["billing.budgets.create"],
        Verb::Get => &["billing.budgets.get"],
        Verb::List => &["billing.budgets.list"],
        Verb::Update => &["billing.budgets.get", "billing.budgets.update"],
        Verb::Delete => &["billing.budgets.delete"],
        Verb::Undelete
        | Verb::GetPolicy
        | Verb::SetPolicy
        | Verb::TestPermissions
        | Verb::Custom => &[],
    };
    let account = account_resource(account_of(name));
    let on_account = permissions
        .iter()
        .map(|permission| RequiredPermission::new(permission, account.clone()));
    let topic = call.body["notificationsRule"]["pubsubTopic"].as_str();
    let on_topic = topic
        .map(|topic| RequiredPermission::new("pubsub.topics.setIamPolicy", TOPIC.resource(topic)));
    on_account.chain(on_topic).collect()
}

fn invalid(field: &str, why: &str) -> ApiError {
    let mut error = ApiError::invalid("Request contains an invalid argument.");
    error.details.push(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{ "field": format!("budget.{field}"), "description": why }],
    }));
    error
}

fn prepare(
    cloud: &Cloud,
    _: &Call,
    name: &str,
    _: Option<&Row>,
    budget: &mut Value,
) -> Result<(), ApiError> {
    let account = account_of(name);
    if !cloud.iam.nodes.contains(account) {
        return Err(ApiError::not_found("Requested entity was not found."));
    }
    let display_name = budget["displayName"].as_str().unwrap_or_default();
    if display_name.chars().count() > 60 {
        return Err(invalid("display_name", "It has more than 60 characters."));
    }
    prepare_filter(cloud, budget)?;
    let is_custom = !budget["budgetFilter"]["customPeriod"].is_null();
    prepare_amount(cloud, account, is_custom, &mut budget["amount"])?;
    prepare_thresholds(is_custom, &mut budget["thresholdRules"])?;
    check_notifications(cloud, &budget["notificationsRule"])?;
    if let Some(fields) = budget.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(())
}

fn prepare_amount(
    cloud: &Cloud,
    account: &str,
    is_custom: bool,
    amount: &mut Value,
) -> Result<(), ApiError> {
    match (&amount["specifiedAmount"], &amount["lastPeriodAmount"]) {
        (Value::Null, Value::Null) => Err(invalid("amount", "It is required.")),
        (Value::Null, _) if is_custom => Err(invalid(
            "amount.last_period_amount",
            "It cannot be combined with a custom period.",
        )),
        (Value::Null, _) => Ok(()),
        (money, Value::Null) => {
            let currency = cloud.billing_account(account).currency_code;
            let given = money["currencyCode"].as_str();
            if given.is_some_and(|given| given != currency) {
                let why = format!("The currency of the billing account is {currency}.");
                return Err(invalid("amount.specified_amount.currency_code", &why));
            }
            let units = money["units"].as_str().map_or(Ok(0), str::parse::<i64>);
            let units = units.unwrap_or_default();
            let nanos = money["nanos"].as_i64().unwrap_or_default();
            if units < 0 || !(0..1_000_000_000).contains(&nanos) || units == 0 && nanos == 0 {
                let why = "It must be positive.";
                return Err(invalid("amount.specified_amount.units", why));
            }
            amount["specifiedAmount"]["currencyCode"] = currency.into();
            Ok(())
        }
        (_, _) => Err(invalid("amount", "It must have one amount.")),
    }
}

fn prepare_thresholds(is_custom: bool, rules: &mut Value) -> Result<(), ApiError> {
    for rule in rules.as_array_mut().into_iter().flatten() {
        // Zero is the same as absence.
        let percent = rule["thresholdPercent"].as_f64().unwrap_or_default();
        if percent.is_nan() || percent < 0.0 {
            let why = "It must not be negative.";
            return Err(invalid("threshold_rules.threshold_percent", why));
        }
        if is_custom && rule["spendBasis"] == "FORECASTED_SPEND" {
            let why = "FORECASTED_SPEND cannot be combined with a custom period.";
            return Err(invalid("threshold_rules.spend_basis", why));
        }
        if rule["spendBasis"].is_null() {
            rule["spendBasis"] = "CURRENT_SPEND".into();
        }
    }
    Ok(())
}

/// `projects/42` for `projects/demo-project`: budgets show numbers.
fn with_number(cloud: &Cloud, project: &str) -> String {
    let id = project.strip_prefix("projects/").unwrap_or_default();
    match cloud.iam.project(id) {
        Some((_, node)) => format!("projects/{}", node.number),
        None => project.to_owned(),
    }
}

fn prepare_filter(cloud: &Cloud, budget: &mut Value) -> Result<(), ApiError> {
    let filter = &mut budget["budgetFilter"];
    if filter["creditTypesTreatment"].is_null() {
        filter["creditTypesTreatment"] = "INCLUDE_ALL_CREDITS".into();
    }
    let specified = filter["creditTypesTreatment"] == "INCLUDE_SPECIFIED_CREDITS";
    if specified == filter["creditTypes"].is_null() {
        let why = "They go with INCLUDE_SPECIFIED_CREDITS only.";
        return Err(invalid("budget_filter.credit_types", why));
    }
    match (
        &filter["customPeriod"]["startDate"],
        &filter["calendarPeriod"],
    ) {
        (Value::Null, Value::Null) if filter["customPeriod"].is_null() => {
            filter["calendarPeriod"] = "MONTH".into();
        }
        (Value::Null, _) if filter["customPeriod"].is_null() => {}
        (Value::Object(_), Value::Null) => {}
        (_, _) => {
            let why = "It needs a start date, and no calendar period beside it.";
            return Err(invalid("budget_filter.custom_period", why));
        }
    }
    for project in filter["projects"].as_array_mut().into_iter().flatten() {
        let name = with_number(cloud, project.as_str().unwrap_or_default());
        let id = name.strip_prefix("projects/").unwrap_or_default();
        if cloud.iam.project(id).is_none() {
            let why = format!("There is no project {name:?}.");
            return Err(invalid("budget_filter.projects", &why));
        }
        *project = name.into();
    }
    let ancestors = filter["resourceAncestors"].as_array().into_iter().flatten();
    for name in ancestors.filter_map(Value::as_str) {
        if !name.starts_with("folders/") && !name.starts_with("organizations/") {
            let why = format!("{name:?} is no folder or organization.");
            return Err(invalid("budget_filter.resource_ancestors", &why));
        }
    }
    let labels = filter["labels"].as_object();
    let values = labels.into_iter().flatten().map(|(_, values)| values);
    let one = |values: &Value| values.as_array().is_some_and(|values| values.len() == 1);
    if labels.is_some_and(|labels| labels.len() > 1) || !values.into_iter().all(one) {
        let why = "There can be one label with one value.";
        return Err(invalid("budget_filter.labels", why));
    }
    if let Some(fields) = filter.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(())
}

fn check_notifications(cloud: &Cloud, rule: &Value) -> Result<(), ApiError> {
    if let Some(topic) = rule["pubsubTopic"].as_str() {
        if rule["schemaVersion"] != "1.0" {
            let why = "It must be \"1.0\" where there is a topic.";
            return Err(invalid("notifications_rule.schema_version", why));
        }
        if TOPIC.row(cloud, topic).is_none() {
            let why = format!("There is no topic {topic:?}.");
            return Err(invalid("notifications_rule.pubsub_topic", &why));
        }
    }
    let channels = rule["monitoringNotificationChannels"].as_array();
    if channels.is_some_and(|channels| channels.len() > 5) {
        let why = "There can be five.";
        let field = "notifications_rule.monitoring_notification_channels";
        return Err(invalid(field, why));
    }
    Ok(())
}
