//! The Cloud Run function `product-requested`.

fn main() -> std::process::ExitCode {
    runtime::main_with_calls(
        product_requested::build,
        product_requested::calls,
        publish::pubsub,
    )
}
