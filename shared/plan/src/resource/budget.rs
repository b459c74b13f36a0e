//! Budgets over a folder: Google reports costs that pass a part of the amount to
//! the administrators of the billing account. It stops nothing.

use super::{
    context::Context,
    kind::{Deletion, Kind, RecognisedBy},
    resource_folder::{described, numbered},
    row::{Row, Sent, observed},
};
use crate::{BudgetId, Fault, FolderId, ObservedState, ResourceId, StepInput};
use gcp::{ApiPath, Client, Collection, Error, Pages, Request, methods::billingbudgets::BUDGETS};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A monthly budget of all projects in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The billing account and the display name.
    pub id: BudgetId,
    /// Whose projects count, also those of folders in it.
    pub folder: FolderId,
    /// The currency, which must be that of the billing account.
    pub currency: String,
    /// The amount per month, in whole units of the currency.
    pub units: u64,
    /// At which percentages of the amount Google reports.
    pub thresholds: BTreeSet<u32>,
}

impl Budget {
    async fn fields(&self, client: &Client) -> Result<Value, Error> {
        let percent = |percent: &u32| json!({ "thresholdPercent": f64::from(*percent) / 100.0 });
        Ok(json!({
            "displayName": self.id.display_name,
            "amount": { "specifiedAmount": {
                "currencyCode": self.currency,
                "units": self.units.to_string(),
            } },
            "budgetFilter": { "resourceAncestors": [numbered(client, &self.folder).await?] },
            "thresholdRules": self.thresholds.iter().map(percent).collect::<Vec<_>>(),
        }))
    }
}

impl Kind for Budget {
    type Name = BudgetId;

    const COLLECTION: &'static Collection = &BUDGETS;
    const UID: &'static str = "name";
    /// Its fields as [`summary`] has them.
    const ROWS: &'static [Row<Self>] = &[
        Row::new("folder", "folder", |b: &Self| json!(b.folder.to_string())),
        Row::new("amount", "amount", |b: &Self| {
            json!(format!("{} {}", b.units, b.currency))
        }),
        Row::new("thresholds", "thresholds", |b: &Self| json!(b.thresholds)),
    ];
    const RECOGNISED_BY: RecognisedBy = RecognisedBy::Nothing;
    const IS_ADOPTED: bool = false;

    fn name(&self) -> BudgetId {
        self.id.clone()
    }

    fn dependencies(&self) -> Vec<ResourceId> {
        vec![ResourceId::ResourceFolder(self.folder.clone())]
    }

    fn creation(&self, fields: Value) -> Request {
        BUDGETS.create(&sample(&self.id), fields)
    }

    fn calls(&self) -> Vec<Request> {
        let path = sample(&self.id);
        vec![
            self.creation(json!({})),
            BUDGETS.list(&self.id.path()),
            BUDGETS.patch(&path, json!({})),
            BUDGETS.delete(&path),
        ]
    }

    async fn create(&self, context: &Context<'_>, _: &StepInput) -> Result<Option<String>, Fault> {
        let fields = self.fields(context.client).await?;
        let budget: Value = context.client.json(&self.creation(fields)).await?;
        Ok(budget["name"].as_str().map(str::to_owned))
    }

    async fn change(&self, context: &Context<'_>, _: &StepInput, _: Sent) -> Result<(), Fault> {
        let client = context.client;
        let found = find(client, &self.id).await?;
        let missing = || Error::not_found("billingbudgets.budgets.list", &self.id.to_string());
        let found = found.ok_or_else(missing)?;
        let name = found["name"].as_str().unwrap_or_default();
        let fields = self.fields(client).await?;
        client.answer(&BUDGETS.patch(name, fields)).await?;
        Ok(())
    }

    async fn observe(client: &Client, id: &BudgetId) -> Result<Option<ObservedState>, Error> {
        let Some(budget) = find(client, id).await? else {
            return Ok(None);
        };
        let summary = summary(client, &budget).await?;
        Ok(Some(observed(Self::ROWS, Self::UID, &summary)))
    }

    async fn delete(
        context: &Context<'_>,
        id: &BudgetId,
        _: &StepInput,
    ) -> Result<Deletion, Fault> {
        if let Some(budget) = find(context.client, id).await? {
            let name = budget["name"].as_str().unwrap_or_default();
            context.client.answer(&BUDGETS.delete(name)).await?;
        }
        Ok(Deletion::Done)
    }
}

/// A path for samples of requests: Google chooses the name.
fn sample(id: &BudgetId) -> String {
    format!("{}/budgets/sample", id.account)
}

async fn find(client: &Client, id: &BudgetId) -> Result<Option<Value>, Error> {
    let list = BUDGETS.list(&id.path());
    let all: Vec<Value> = Pages::new(client, list).all(BUDGETS.items).await?;
    Ok(all
        .into_iter()
        .find(|budget| budget["displayName"] == *id.display_name))
}

/// What is compared of a budget.
async fn summary(client: &Client, budget: &Value) -> Result<Value, Error> {
    let mut folders = Vec::new();
    let ancestors = budget["budgetFilter"]["resourceAncestors"].as_array();
    for ancestor in ancestors.into_iter().flatten().filter_map(Value::as_str) {
        folders.push(described(client, ancestor).await?);
    }
    let amount = &budget["amount"]["specifiedAmount"];
    let text = |field: &str| amount[field].as_str().unwrap_or_default();
    let rules = budget["thresholdRules"].as_array().into_iter().flatten();
    let percents = rules.filter_map(|rule| rule["thresholdPercent"].as_f64());
    let percents: BTreeSet<String> = percents
        .map(|part| format!("{:.0}", part * 100.0))
        .collect();
    Ok(json!({
        "name": budget["name"],
        "folder": folders.join(", "),
        "amount": format!("{} {}", text("units"), text("currencyCode")),
        "thresholds": percents,
    }))
}
