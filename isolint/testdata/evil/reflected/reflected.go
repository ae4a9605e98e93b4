package reflected

import "reflect"

func At(p uintptr, t reflect.Type, v reflect.Value) reflect.Value {
	return reflect.NewAt(t, v.UnsafePointer()) // want "bypass: reflect.NewAt"
}
