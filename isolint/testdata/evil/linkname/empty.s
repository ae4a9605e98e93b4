// lets a function have no body
