#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    por_kernel_fuzz::json(data);
});
