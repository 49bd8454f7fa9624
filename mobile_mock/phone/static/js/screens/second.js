// All screens but the first: they come as one script of their own.
export { default as Checkout } from "./checkout.js";
export { default as Corrections } from "./corrections.js";
export { Customer } from "./customer.js";
export { default as Day } from "./day.js";
export { default as Edit } from "./edit.js";
export { default as NewCustomer } from "./new_customer.js";
export { default as Outbox } from "./outbox.js";
