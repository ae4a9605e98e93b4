// Package vending is the token vending machine.
package vending
