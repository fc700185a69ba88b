// What TinyUSB's dwc2_stm32.h wants of ST's device header, and nothing else of it. (RM0433 tables 8 and 145)
#pragma once

#include <stdint.h>

typedef enum { OTG_FS_IRQn = 101 } IRQn_Type;

#define USB2_OTG_FS
#define USB_OTG_FS_PERIPH_BASE 0x40080000u

extern uint32_t SystemCoreClock;

static inline void NVIC_EnableIRQ(IRQn_Type irq) {
  *(volatile uint32_t*)(0xE000E100u + 4u * ((uint32_t)irq / 32u)) = 1u << ((uint32_t)irq % 32u);
}
static inline void NVIC_DisableIRQ(IRQn_Type irq) {
  *(volatile uint32_t*)(0xE000E180u + 4u * ((uint32_t)irq / 32u)) = 1u << ((uint32_t)irq % 32u);
  __asm__ volatile("dsb; isb" ::: "memory");
}
#define __NOP() __asm__ volatile("nop")
